#include "tests/e2e/with_ledger.hpp"

#include <string>

using namespace orderd::test;

namespace {

/// Ann can pay for two units, and there are five.
struct shop : with_ledger {
  shop() {
    api.define("A", 5);
    deposit(api, "ann", 2'500);
  }

  void check_untouched() const {
    // A client of its own: after a restart the port may be another.
    auto operators = as("operator");
    check_stock(operators, "A", 5, 0);
    check_account(operators, "ann", 2'500, 0);
    BOOST_TEST(entries_of(operators, "ann", "funds_held") == 0);
  }

  api_client ann = as("ann");
};

} // namespace

BOOST_AUTO_TEST_SUITE(declined_payment)

BOOST_FIXTURE_TEST_CASE(an_order_that_cannot_be_paid_never_was, shop) {
  check_problem(ann.post("/orders", order_of("A", 3)), 402, "payment_declined");
  check_untouched();
  BOOST_TEST(ann.list("/orders/me").empty());
  BOOST_TEST(api.list("/orders").empty());
  BOOST_TEST(api.list("/orders?status=failed").empty());
  program.kill();
  program.start();
  check_untouched();
  BOOST_TEST(as("operator").list("/orders").empty());
}

BOOST_FIXTURE_TEST_CASE(who_has_no_account_cannot_pay, shop) {
  check_problem(as("bob").post("/orders", order_of("A", 1)), 402, "payment_declined");
  check_untouched();
  BOOST_TEST(api.list("/orders").empty());
}

BOOST_FIXTURE_TEST_CASE(a_draft_that_cannot_be_paid_stays_one, shop) {
  const auto draft = ann.post("/orders", R"({"status":"draft","items":[{"sku":"A","qty":3}]})");
  BOOST_REQUIRE_EQUAL(draft.status, 201);
  const auto path = "/orders/" + draft["id"].text();
  check_problem(ann.post(path + "/place"), 402, "payment_declined");
  check_untouched();
  const auto kept = ann.get(path);
  BOOST_TEST(kept["status"].text() == "draft");
  BOOST_TEST(kept["failure"].is_null());
  BOOST_TEST(kept["saga"].is_null());

  deposit(api, "ann", 500);
  const auto placed = ann.post(path + "/place");
  BOOST_TEST_CONTEXT(placed.raw.body)
  BOOST_REQUIRE_EQUAL(placed.status, 200);
  BOOST_TEST(placed["status"].text() == "processed");
  BOOST_TEST(placed["payment_status"].text() == "authorized");
  check_stock(api, "A", 5, 3);
  check_account(api, "ann", 0, 3'000);
}

BOOST_FIXTURE_TEST_CASE(a_reservation_that_could_not_be_paid_is_its_buyers_again, shop) {
  const auto reserved = ann.post("/stock/A/reservations", R"({"qty":3,"holder":"ann"})");
  BOOST_REQUIRE_EQUAL(reserved.status, 201);
  const auto id = reserved["id"].text();
  const std::string order = R"({"reservations":[{"sku":"A","id":")" + id + R"("}]})";
  check_problem(ann.post("/orders", order), 402, "payment_declined");
  const auto kept = ann.get("/stock/A/reservations/" + id);
  BOOST_TEST_CONTEXT(kept.raw.body) {
    BOOST_TEST(kept["state"].text() == "active");
    BOOST_TEST(kept["order_id"].is_null());
    BOOST_TEST(kept["expires_at"].text() == reserved["expires_at"].text());
  }
  deposit(api, "ann", 500);
  const auto placed = ann.post("/orders", order);
  BOOST_TEST_CONTEXT(placed.raw.body)
  BOOST_TEST(placed.status == 201);
  check_stock(api, "A", 5, 3);
}

BOOST_FIXTURE_TEST_CASE(what_stock_refuses_holds_no_money, shop) {
  check_problem(ann.post("/orders", R"({"items":[{"sku":"A","qty":1,"price_cents":999}]})"), 409,
                "price_changed");
  check_problem(ann.post("/orders", order_of("A", 6)), 400, "insufficient_stock");
  check_problem(ann.post("/orders", order_of("NONE", 1)), 400, "unknown_product");
  check_untouched();
  BOOST_TEST(api.list("/orders").empty());
}

BOOST_AUTO_TEST_SUITE_END()
