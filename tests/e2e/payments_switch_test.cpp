#include "tests/e2e/with_ledger.hpp"
#include "tests/support/payment_stand_in.hpp"

#include <string>

using namespace orderd::test;

namespace {

/// One data folder, and programs on it that move money in different ways, one after the other.
struct moved_house {
  [[nodiscard]] environment paid_by(const std::string& payments) const {
    environment all{"PAYMENTS=" + payments};
    if (payments == "http")
      all.push_back("PAYMENT_SERVICE_URL=" + service.url());
    return all;
  }

  [[nodiscard]] std::string data() const { return folder.path() + "/data"; }

  temporary_folder folder;
  payment_stand_in service;
};

/// An order of ann's that runner-7 has accepted, and whose money is held.
std::string accepted_order(const orderd_process& program) {
  api_client ann(program.port(), "ann");
  const auto id = place(ann, "A", 2);
  BOOST_REQUIRE_EQUAL(api_client(program.port(), "runner-7").post("/orders/" + id + "/accept").status, 200);
  return id;
}

void check_stuck(api_client& operators, const std::string& id, const std::string& step) {
  const auto shown = operators.get("/orders/" + id);
  BOOST_TEST_CONTEXT(shown.raw.body) {
    BOOST_TEST(shown["saga"]["step"].text() == step);
    BOOST_TEST(shown["saga"]["stuck"].boolean());
    BOOST_TEST(shown["saga"]["detail"].text().find("PAYMENTS") != std::string::npos);
  }
  const auto stuck = operators.list("/orders?stuck=true");
  int listed = 0;
  for (const auto& each : stuck)
    listed += each["id"].text() == id ? 1 : 0;
  BOOST_TEST(listed == 1);
}

/// What a program with these payments makes of an order that is to be completed and one to be cancelled,
/// whose money is with somebody else.
void check_left_alone(const moved_house& house, const std::string& payments, const std::string& to_complete,
                      const std::string& to_cancel) {
  orderd_process program(house.data(), {}, house.paid_by(payments));
  api_client operators(program.port());
  if (payments == "ledger")
    deposit(operators, "ann", 50'000);
  BOOST_TEST_CONTEXT(payments) {
    check_problem(operators.post("/orders/" + to_complete + "/complete"), 503, "payment_unavailable");
    check_stuck(operators, to_complete, "capturing");
    BOOST_TEST(operators.get("/orders/" + to_complete)["status"].text() == "accepted");
    // Called off, and the money stays owed.
    (void)operators.post("/orders/" + to_cancel + "/cancel");
    check_stuck(operators, to_cancel, "returning");
    BOOST_TEST(operators.get("/orders/" + to_cancel)["payment_status"].text() == "authorized");
    if (payments == "ledger")
      check_account(operators, "ann", 50'000, 0);
  }
  program.stop();
}

/// With the payments that it began with, an operator brings both to their end.
void check_finished(api_client& operators, const std::string& to_complete, const std::string& to_cancel) {
  for (const auto& id : {to_complete, to_cancel}) {
    const auto retried = operators.post("/orders/" + id + "/retry");
    BOOST_TEST_CONTEXT(retried.raw.body)
    BOOST_TEST(retried.status == 200);
  }
  BOOST_TEST(operators.get("/orders/" + to_complete)["status"].text() == "completed");
  BOOST_TEST(operators.get("/orders/" + to_cancel)["payment_status"].text() == "refunded");
  BOOST_TEST(operators.list("/orders?stuck=true").empty());
}

} // namespace

BOOST_AUTO_TEST_SUITE(payments_switch)

BOOST_AUTO_TEST_CASE(what_a_service_holds_is_neither_taken_nor_forgotten_by_others) {
  for (const auto* other : {"ledger", "none"}) {
    moved_house house;
    std::string to_complete;
    std::string to_cancel;
    {
      orderd_process program(house.data(), {}, house.paid_by("http"));
      api_client(program.port()).define("A", 100);
      to_complete = accepted_order(program);
      to_cancel = accepted_order(program);
      program.stop();
    }
    check_left_alone(house, other, to_complete, to_cancel);
    BOOST_TEST(house.service.charged(to_complete) == 2'000);
    BOOST_TEST(house.service.charged(to_cancel) == 2'000);

    orderd_process program(house.data(), {}, house.paid_by("http"));
    api_client operators(program.port());
    check_finished(operators, to_complete, to_cancel);
    BOOST_TEST(house.service.charged(to_complete) == 2'000);
    BOOST_TEST(house.service.charged(to_cancel) == 0);
    check_stock(operators, "A", 98, 0);
  }
}

BOOST_AUTO_TEST_CASE(what_the_ledger_holds_is_not_asked_of_a_service) {
  moved_house house;
  std::string to_complete;
  std::string to_cancel;
  {
    orderd_process program(house.data(), {}, house.paid_by("ledger"));
    api_client operators(program.port());
    operators.define("A", 100);
    deposit(operators, "ann", 10'000);
    to_complete = accepted_order(program);
    to_cancel = accepted_order(program);
    program.kill();
  }
  check_left_alone(house, "http", to_complete, to_cancel);
  BOOST_TEST(house.service.requests().empty());

  orderd_process program(house.data(), {}, house.paid_by("ledger"));
  api_client operators(program.port());
  check_account(operators, "ann", 6'000, 4'000);
  check_finished(operators, to_complete, to_cancel);
  check_account(operators, "ann", 8'000, 0);
  eventually("the payout", [&] { return operators.get("/accounts/runner-7").status == 200; });
  check_account(operators, "runner-7", 2'000, 0);
  check_stock(operators, "A", 98, 0);
}

BOOST_AUTO_TEST_SUITE_END()
