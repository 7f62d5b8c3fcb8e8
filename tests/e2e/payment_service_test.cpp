#include "tests/e2e/payment_audit.hpp"

#include <cstdint>
#include <string>
#include <string_view>

using namespace orderd::test;

namespace {

constexpr std::int64_t units = 100;

struct paid_shop {
  explicit paid_shop(arguments more = {}) : engine(paid_by(service, more)) {
    engine.api.define("BOOK", units, 1'250);
  }

  /// Of an operator, after any restart.
  [[nodiscard]] api_client api() const { return api_client(engine.program.port()); }
  /// The order as it is shown now.
  [[nodiscard]] json_view shown(const std::string& id) const { return api().get("/orders/" + id).json(); }
  [[nodiscard]] std::string state_at_service(const std::string& order_id) const {
    for (const auto& each : service.payments())
      if (each.order_id == order_id)
        return each.state;
    return {};
  }
  void check_exact() const {
    auto client = api();
    const auto orders = ended_sagas(client);
    check_stock_of(client, orders, {"BOOK"}, units);
    check_service(service, orders);
  }
  /// An accepted order.
  std::string accepted(std::int64_t qty = 2) {
    const auto id = place(bob, "BOOK", qty);
    BOOST_REQUIRE_EQUAL(runner.post("/orders/" + id + "/accept").status, 200);
    return id;
  }
  [[nodiscard]] std::int64_t stuck() const {
    const auto text = api().get("/metrics").raw.body;
    const std::string name = "\norderd_sagas_stuck ";
    return std::stoll(text.substr(text.find(name) + name.size()));
  }

  payment_stand_in service;
  running_orderd engine;
  api_client bob = engine.as("bob");
  api_client runner = engine.as("runner-7");
};

std::string draft_of(std::string_view sku, std::int64_t qty) {
  auto body = order_of(sku, qty);
  body.insert(body.size() - 1, R"(,"status":"draft")");
  return body;
}

/// Where an order counts as stuck soon.
struct impatient_shop : paid_shop {
  impatient_shop() : paid_shop({"--payment-rounds-max", "2"}) {}
};

} // namespace

BOOST_AUTO_TEST_SUITE(payment_service)

BOOST_FIXTURE_TEST_CASE(money_is_held_at_placement_and_paid_at_completion, paid_shop) {
  const auto made = bob.post("/orders", order_of("BOOK", 2));
  BOOST_REQUIRE_EQUAL(made.status, 201);
  BOOST_TEST(made["status"].text() == "processed");
  BOOST_TEST(made["payment_status"].text() == "authorized");
  const auto id = made["id"].text();
  BOOST_TEST(state_at_service(id) == "authorized");
  BOOST_TEST(service.charged(id) == 2'500);
  BOOST_TEST(runner.post("/orders/" + id + "/accept")["payment_status"].text() == "authorized");
  const auto completed = runner.post("/orders/" + id + "/complete");
  BOOST_TEST(completed["status"].text() == "completed");
  BOOST_TEST(completed["payment_status"].text() == "captured");
  BOOST_TEST(service.payments().at(0).payee == "runner-7");
  check_exact();
}

BOOST_FIXTURE_TEST_CASE(a_draft_is_paid_for_when_it_is_placed, paid_shop) {
  const auto draft = bob.post("/orders", draft_of("BOOK", 1));
  BOOST_TEST(draft["payment_status"].text() == "none");
  BOOST_TEST(service.requests().empty());
  const auto placed = bob.post("/orders/" + draft["id"].text() + "/place");
  BOOST_TEST(placed["status"].text() == "processed");
  BOOST_TEST(state_at_service(draft["id"].text()) == "authorized");
  check_exact();
}

BOOST_AUTO_TEST_CASE(a_registered_order_is_paid_for_by_the_processor) {
  paid_shop shop({"--order-placement", "deferred"});
  shop.service.add({.fault = service_fault::decline, .times = for_ever, .customer = "poor"});
  auto poor = shop.engine.as("poor");
  const auto paid = shop.bob.post("/orders", order_of("BOOK", 3));
  BOOST_TEST(paid.status == 201);
  BOOST_TEST(paid["status"].text() == "registered");
  const auto unpaid = poor.post("/orders", order_of("BOOK", 1));
  BOOST_TEST(unpaid.status == 201);

  const auto orders = ended_sagas(shop.engine.api);
  BOOST_TEST(orders.at(paid["id"].text())["status"].text() == "processed");
  BOOST_TEST(shop.service.charged(paid["id"].text()) == 3'750);
  const auto& failed = orders.at(unpaid["id"].text());
  BOOST_TEST(failed["status"].text() == "failed");
  BOOST_TEST(failed["failure"]["code"].text() == "payment_declined");
  shop.check_exact();
}

BOOST_FIXTURE_TEST_CASE(a_cancelled_order_gives_the_money_back, paid_shop) {
  const auto processed = place(bob, "BOOK", 1);
  const auto taken = accepted();
  for (const auto& id : {processed, taken}) {
    const auto cancelled = bob.post("/orders/" + id + "/cancel");
    BOOST_TEST(cancelled.status == 200);
    BOOST_TEST(cancelled["status"].text() == "cancelled");
    BOOST_TEST(cancelled["payment_status"].text() == "refunded");
    BOOST_TEST(state_at_service(id) == "voided");
  }
  check_exact();
}

BOOST_FIXTURE_TEST_CASE(a_declined_payment_leaves_nothing_behind, paid_shop) {
  service.add({.fault = service_fault::decline, .times = for_ever, .customer = "poor"});
  auto poor = engine.as("poor");
  check_problem(poor.post("/orders", order_of("BOOK", 2)), 402, "payment_declined");
  BOOST_TEST(engine.api.list("/orders").empty());
  check_stock_of(engine.api, {}, {"BOOK"}, units);

  const auto draft = poor.post("/orders", draft_of("BOOK", 1))["id"].text();
  check_problem(poor.post("/orders/" + draft + "/place"), 402, "payment_declined");
  BOOST_TEST(shown(draft)["status"].text() == "draft");
  check_exact();
  for (const auto& each : service.payments())
    BOOST_TEST(each.authorized == 0);
}

BOOST_FIXTURE_TEST_CASE(a_service_that_fails_once_in_each_step_is_asked_again, paid_shop) {
  for (const auto fault : {service_fault::fail, service_fault::fail_after, service_fault::die_after,
                           service_fault::drop, service_fault::answer_twice, service_fault::work_twice}) {
    for (const auto verb : {payment_verb::authorize, payment_verb::capture})
      service.add({.fault = fault, .verb = verb});
    const auto id = accepted();
    BOOST_TEST(runner.post("/orders/" + id + "/complete").status == 200);
    for (const auto verb : {payment_verb::cancel, payment_verb::state})
      service.add({.fault = fault, .verb = verb});
    BOOST_TEST(bob.post("/orders/" + place(bob, "BOOK", 1) + "/cancel").status == 200);
  }
  check_exact();
}

BOOST_FIXTURE_TEST_CASE(an_authorization_that_does_not_answer_in_time_comes_to_nothing, paid_shop) {
  for (const auto fault : {service_fault::hold, service_fault::hold_answer}) {
    service.add({.fault = fault, .verb = payment_verb::authorize, .times = for_ever});
    const auto refused = bob.post("/orders", order_of("BOOK", 2));
    check_problem(refused, 503, "payment_unavailable");
    BOOST_TEST(!refused.header("Retry-After").empty());
    service.clear_rules();
    service.release();
  }
  const auto orders = ended_sagas(engine.api);
  BOOST_REQUIRE_EQUAL(orders.size(), 2U);
  for (const auto& [id, order] : orders) {
    BOOST_TEST(order["status"].text() == "failed");
    BOOST_TEST(order["failure"]["code"].text() == "payment_unavailable");
    BOOST_TEST(service.charged(id) == 0);
  }
  check_exact();
}

BOOST_FIXTURE_TEST_CASE(an_order_that_nothing_was_asked_for_leaves_nothing_behind, paid_shop) {
  service.go_away();
  const auto refused = bob.post("/orders", order_of("BOOK", 2));
  check_problem(refused, 503, "payment_unavailable");
  BOOST_TEST(!refused.header("Retry-After").empty());
  BOOST_TEST(engine.api.list("/orders").empty());
  service.come_back();
  check_exact();
}

BOOST_FIXTURE_TEST_CASE(a_capture_is_retried_until_the_service_is_back, paid_shop) {
  const auto id = accepted();
  service.go_away();
  const auto refused = runner.post("/orders/" + id + "/complete");
  check_problem(refused, 503, "payment_unavailable");
  BOOST_TEST(!refused.header("Retry-After").empty());
  BOOST_TEST(shown(id)["status"].text() == "accepted");
  BOOST_TEST(shown(id)["saga"]["step"].text() == "capturing");
  check_problem(bob.post("/orders/" + id + "/cancel"), 409, "illegal_transition");
  service.come_back();
  eventually("its completion", [&] { return shown(id)["status"].text() == "completed"; });
  check_exact();
}

BOOST_FIXTURE_TEST_CASE(a_stuck_order_is_shown_and_an_operator_has_it_tried_again, impatient_shop) {
  const auto id = accepted();
  // A refusal for good: nothing tries that again by itself.
  service.add({.fault = service_fault::fail, .verb = payment_verb::capture, .times = 1, .status = 409});
  check_problem(runner.post("/orders/" + id + "/complete"), 503, "payment_unavailable");
  const auto listed = api().list("/orders?stuck=true");
  BOOST_REQUIRE_EQUAL(listed.size(), 1U);
  BOOST_TEST(listed[0]["id"].text() == id);
  BOOST_TEST(listed[0]["saga"]["stuck"].boolean());
  BOOST_TEST(stuck() == 1);
  BOOST_TEST(engine.program.log().find("an order is stuck") != std::string::npos);
  check_problem(bob.post("/orders/" + id + "/retry"), 403, "forbidden");

  engine.program.kill();
  engine.program.start();
  eventually("the count of the stuck", [&] { return stuck() == 1; });
  BOOST_TEST(api().list("/orders?stuck=true").size() == 1U);

  const auto retried = api().post("/orders/" + id + "/retry");
  BOOST_TEST(retried.status == 200);
  BOOST_TEST(retried["status"].text() == "completed");
  BOOST_TEST(api().list("/orders?stuck=true").empty());
  BOOST_TEST(stuck() == 0);
  check_exact();
}

BOOST_FIXTURE_TEST_CASE(an_operator_cancels_a_stuck_order_whatever_the_service_did, impatient_shop) {
  for (const auto fault : {service_fault::drop, service_fault::die_after}) {
    const auto id = accepted();
    service.add({.fault = fault, .verb = payment_verb::capture, .times = for_ever});
    check_problem(runner.post("/orders/" + id + "/complete"), 503, "payment_unavailable");
    eventually("too many rounds", [&] { return shown(id)["saga"]["stuck"].boolean(); });
    BOOST_TEST(stuck() == 1);
    const auto cancelled = api().post("/orders/" + id + "/cancel", R"({"reason":"lost"})");
    BOOST_TEST(cancelled.status == 200);
    BOOST_TEST(cancelled["status"].text() == "cancelled");
    eventually("its end", [&] { return shown(id)["saga"].is_null(); });
    BOOST_TEST(state_at_service(id) == (fault == service_fault::drop ? "voided" : "refunded"));
    BOOST_TEST(stuck() == 0);
    service.clear_rules();
  }
  check_exact();
}

BOOST_AUTO_TEST_SUITE_END()
