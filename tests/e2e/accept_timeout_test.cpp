#include "tests/e2e/with_ledger.hpp"

#include <chrono>
#include <string>

using namespace orderd::test;

namespace {

/// Orders that nobody accepts within a second are cancelled.
struct shop : with_ledger {
  shop() : with_ledger({"ACCEPT_TIMEOUT_SECONDS=1"}) {
    api.define("A", 100);
    deposit(api, "ann", 100'000);
  }

  std::string order() {
    auto ann = as("ann");
    return place(ann, "A", 2);
  }

  std::string status_of(const std::string& id) { return operators().get("/orders/" + id)["status"].text(); }

  /// Waits until the order is cancelled, and checks that it was for its deadline, and not before that.
  void check_lapsed(const std::string& id, const std::string& accept_by) {
    eventually("the end of an order that nobody accepts", [&] { return status_of(id) == "cancelled"; });
    const auto shown = operators().get("/orders/" + id);
    BOOST_TEST(shown["payment_status"].text() == "refunded");
    BOOST_TEST(shown["saga"].is_null());
    int reasons = 0;
    for (const auto& event : operators().list("/orders/" + id + "/events"))
      if (event["event_type"].text() == "order_cancelled") {
        ++reasons;
        BOOST_TEST(event["reason"].text() == "nobody accepted it in time");
        BOOST_TEST(event["actor"].text() == "orderd");
        // Times of one form: they compare as texts.
        BOOST_TEST(event["at"].text() >= accept_by);
      }
    BOOST_TEST(reasons == 1);
  }

  std::string deadline_of(const std::string& id) {
    const auto shown = operators().get("/orders/" + id);
    // The order may have lapsed already: then any time is after its deadline.
    return shown["accept_by"].is_null() ? shown["created_at"].text() : shown["accept_by"].text();
  }

  void check_nothing_is_held() {
    auto now = operators();
    check_stock(now, "A", 100, 0);
    check_account(now, "ann", 100'000, 0);
    BOOST_TEST(entries_of(now, "ann", "funds_returned") == 1);
  }

  /// A client of its own: after a restart the port may be another.
  [[nodiscard]] api_client operators() const { return as("operator"); }
};

} // namespace

BOOST_AUTO_TEST_SUITE(accept_timeout)

BOOST_FIXTURE_TEST_CASE(what_nobody_accepts_is_cancelled_and_given_back, shop) {
  const auto id = order();
  check_lapsed(id, deadline_of(id));
  check_nothing_is_held();
  check_problem(as("runner-7").post("/orders/" + id + "/accept"), 409, "illegal_transition");
}

BOOST_FIXTURE_TEST_CASE(what_was_accepted_in_time_stays, shop) {
  // On a slow machine the deadline may come first: then another order is tried.
  std::string accepted;
  int lapsed = 0;
  eventually("a runner in time", [&] {
    accepted = order();
    const bool in_time = as("runner-7").post("/orders/" + accepted + "/accept").status == 200;
    lapsed += in_time ? 0 : 1;
    return in_time;
  });
  // Its deadline comes after that of the accepted one.
  const auto later = order();
  check_lapsed(later, deadline_of(later));
  BOOST_TEST(status_of(accepted) == "accepted");
  BOOST_TEST(api.list("/orders?status=cancelled").size() == static_cast<std::size_t>(lapsed + 1));
  check_stock(api, "A", 100, 2);
  check_account(api, "ann", 98'000, 2'000);
}

BOOST_FIXTURE_TEST_CASE(a_deadline_outlives_a_kill, shop) {
  const auto id = order();
  const auto accept_by = deadline_of(id);
  program.kill();
  program.start();
  check_lapsed(id, accept_by);
  check_nothing_is_held();
}

BOOST_FIXTURE_TEST_CASE(a_deadline_that_nobody_saw_pass_counts, shop) {
  const auto id = order();
  const auto accept_by = deadline_of(id);
  const auto over = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  program.kill();
  eventually("the deadline", [&] { return std::chrono::steady_clock::now() > over; });
  program.start();
  check_lapsed(id, accept_by);
  check_nothing_is_held();
}

BOOST_AUTO_TEST_SUITE_END()
