#include "tests/e2e/running_orderd.hpp"

#include <string>
#include <vector>

using namespace orderd::test;

namespace {

using names = std::vector<std::string>;

struct with_stock : running_orderd {
  with_stock() {
    api.put("/stock/WIDGET", R"({"name":"Widget","price":19.99,"on_hand":10,"product_id":1})");
    api.put("/stock/GADGET", R"({"name":"Gadget","price_cents":4999,"on_hand":5,"product_id":2})");
  }
  api_client bob = as("bob");
  api_client runner = as("operator");
};

std::string draft_of(std::string_view sku, int qty) {
  auto body = order_of(sku, qty);
  body.insert(body.size() - 1, R"(,"status":"draft")");
  return body;
}

names ids(const std::vector<json_view>& items) {
  names all;
  for (const auto& each : items)
    all.push_back(each["id"].text());
  return all;
}

names timeline(api_client& api, const std::string& id) {
  names types;
  for (const auto& each : api.list("/orders/" + id + "/events"))
    types.push_back(each["event_type"].text());
  return types;
}

} // namespace

BOOST_AUTO_TEST_SUITE(order_life)

BOOST_FIXTURE_TEST_CASE(stock_is_held_from_placement_and_leaves_at_completion, with_stock) {
  const auto draft = bob.post("/orders", draft_of("WIDGET", 3));
  BOOST_REQUIRE_EQUAL(draft.status, 201);
  BOOST_TEST(draft["status"].text() == "draft");
  const auto path = "/orders/" + draft["id"].text();
  check_stock(api, "WIDGET", 10, 0);

  BOOST_TEST(bob.post(path + "/place")["status"].text() == "processed");
  check_stock(api, "WIDGET", 10, 3);

  const auto accepted = runner.post(path + "/accept", R"({"runner_id":"runner-7"})");
  BOOST_TEST(accepted["status"].text() == "accepted");
  BOOST_TEST(accepted["runner_id"].text() == "runner-7");
  check_problem(runner.post(path + "/accept"), 409, "illegal_transition");
  check_stock(api, "WIDGET", 10, 3);

  const auto completed = runner.post(path + "/complete");
  BOOST_TEST(completed["status"].text() == "completed");
  BOOST_TEST(completed["version"].integer() == 4);
  check_stock(api, "WIDGET", 7, 0);

  const names expected{"order_created", "order_processed", "order_accepted", "order_completed"};
  BOOST_TEST(timeline(bob, draft["id"].text()) == expected, boost::test_tools::per_element());
  check_problem(bob.post(path + "/cancel"), 409, "illegal_transition");
}

BOOST_FIXTURE_TEST_CASE(a_cancelled_order_gives_its_stock_back_from_any_open_status, with_stock) {
  const auto drafted = bob.post("/orders", draft_of("WIDGET", 1))["id"].text();
  const auto placed = place(bob, "WIDGET", 2);
  const auto accepted = place(bob, "WIDGET", 3);
  BOOST_TEST(runner.post("/orders/" + accepted + "/accept").status == 200);
  check_stock(api, "WIDGET", 10, 5);
  for (const auto& id : {drafted, placed, accepted}) {
    const auto answer = bob.post("/orders/" + id + "/cancel", R"({"reason":"changed my mind"})");
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer["status"].text() == "cancelled");
  }
  check_stock(api, "WIDGET", 10, 0);
  const auto events = bob.list("/orders/" + placed + "/events");
  BOOST_TEST(events.back()["reason"].text() == "changed my mind");
}

BOOST_FIXTURE_TEST_CASE(status_changes_by_put_and_patch_are_the_same_transitions, with_stock) {
  const auto id = bob.post("/orders", draft_of("GADGET", 1))["id"].text();
  const auto path = "/orders/" + id;
  BOOST_TEST(bob.put(path, R"({"status":"placed"})")["status"].text() == "processed");
  BOOST_TEST(runner.patch(path + "/status", R"({"status":"accepted"})")["status"].text() == "accepted");
  BOOST_TEST(runner.patch(path, R"({"status":"completed"})")["status"].text() == "completed");
  check_problem(runner.put(path, R"({"status":"cancelled"})"), 409, "illegal_transition");
  check_problem(runner.put(path, "{}"), 422, "invalid_field");
  check_stock(api, "GADGET", 4, 0);
}

BOOST_FIXTURE_TEST_CASE(metadata_is_merged, with_stock) {
  const auto made = bob.post(
      "/orders", R"({"items":[{"sku":"WIDGET","qty":1}],"metadata":{"a":1,"b":{"c":2,"d":3},"e":"x"}})");
  const auto path = "/orders/" + made["id"].text();
  const auto merged = bob.patch(path, R"({"metadata":{"a":null,"b":{"c":9},"f":[1,2]}})");
  BOOST_REQUIRE_EQUAL(merged.status, 200);
  BOOST_TEST(merged["metadata"].minified() == R"({"b":{"c":9,"d":3},"e":"x","f":[1,2]})");
  BOOST_TEST(merged["version"].integer() == 2);
  BOOST_TEST(bob.get(path)["metadata"].minified() == merged["metadata"].minified());
  check_problem(bob.patch(path, "{\"metadata\":{\"big\":\"" + std::string(17'000, 'm') + "\"}}"), 422,
                "invalid_field");
}

BOOST_FIXTURE_TEST_CASE(products_go_by_id_too_and_lines_of_one_product_are_combined, with_stock) {
  const auto made = bob.post(
      "/orders", R"({"items":[{"product_id":2,"qty":1},{"sku":"WIDGET","qty":2},{"sku":"GADGET","qty":3}]})");
  BOOST_REQUIRE_EQUAL(made.status, 201);
  BOOST_REQUIRE_EQUAL(made["items"].size(), 2U);
  BOOST_TEST(made["total_cents"].integer() == 4 * 4999 + 2 * 1999);
  for (const auto& line : made["items"].elements()) {
    const bool is_gadget = line["sku"].text() == "GADGET";
    BOOST_TEST(line["qty"].integer() == (is_gadget ? 4 : 2));
    BOOST_TEST(line["product_id"].integer() == (is_gadget ? 2 : 1));
  }
  check_stock(api, "GADGET", 5, 4);
  check_problem(api.put("/stock/OTHER", R"({"name":"o","price":1,"on_hand":1,"product_id":2})"), 409,
                "product_id_taken");
}

BOOST_FIXTURE_TEST_CASE(a_draft_shows_the_catalogues_price_and_is_judged_at_placement, with_stock) {
  const auto quoted = bob.post("/orders", draft_of("WIDGET", 2));
  BOOST_TEST(quoted["total_cents"].integer() == 3998);
  const auto unknown = bob.post("/orders", draft_of("LATER", 1));
  BOOST_REQUIRE_EQUAL(unknown.status, 201);
  const auto too_many = bob.post("/orders", draft_of("WIDGET", 11));
  BOOST_REQUIRE_EQUAL(too_many.status, 201);
  check_problem(bob.post("/orders/" + unknown["id"].text() + "/place"), 400, "unknown_product");
  check_problem(bob.post("/orders/" + too_many["id"].text() + "/place"), 400, "insufficient_stock");
  BOOST_TEST(bob.get("/orders/" + too_many["id"].text())["status"].text() == "draft");

  api.define("LATER", 1, 700);
  api.put("/stock/WIDGET", R"({"price":21.00})");
  BOOST_TEST(bob.post("/orders/" + unknown["id"].text() + "/place")["total_cents"].integer() == 700);
  BOOST_TEST(bob.post("/orders/" + quoted["id"].text() + "/place")["total_cents"].integer() == 4200);
}

BOOST_FIXTURE_TEST_CASE(customers_see_only_their_own_orders, with_stock) {
  auto eve = as("eve");
  const auto first = place(bob, "WIDGET", 1);
  const auto eves = place(eve, "WIDGET", 1);
  const auto second = place(bob, "GADGET", 1);
  const names bobs{second, first};
  BOOST_TEST(ids(bob.list("/orders")) == bobs, boost::test_tools::per_element());
  BOOST_TEST(ids(bob.list("/orders/me")) == bobs, boost::test_tools::per_element());
  BOOST_TEST(ids(bob.list("/orders/status/processed")) == bobs, boost::test_tools::per_element());
  BOOST_TEST(ids(eve.list("/orders")) == names{eves}, boost::test_tools::per_element());
  BOOST_TEST(runner.list("/orders").size() == 3U);
  BOOST_TEST(runner.list("/orders/me").empty());
  BOOST_TEST(ids(runner.list("/orders?customer_id=eve")) == names{eves}, boost::test_tools::per_element());
  check_problem(bob.get("/orders?customer_id=eve"), 403, "forbidden");
  check_problem(bob.get("/orders/" + eves), 404, "not_found");
}

BOOST_FIXTURE_TEST_CASE(lists_filter_by_status_and_time, with_stock) {
  const auto kept = place(bob, "WIDGET", 1);
  const auto gone = place(bob, "WIDGET", 1);
  bob.post("/orders/" + gone + "/cancel");
  BOOST_TEST(ids(api.list("/orders?status=processed")) == names{kept}, boost::test_tools::per_element());
  BOOST_TEST(ids(api.list("/orders/status/cancelled")) == names{gone}, boost::test_tools::per_element());
  BOOST_TEST(api.list("/orders?status=draft").empty());
  BOOST_TEST(api.list("/orders?created_after=2020-01-01T00:00:00Z").size() == 2U);
  BOOST_TEST(api.list("/orders?created_before=2020-01-01T00:00:00Z").empty());
  BOOST_TEST(api.list("/orders?created_after=2020-01-01T02:00:00%2B02:00&status=cancelled").size() == 1U);
}

BOOST_AUTO_TEST_CASE(placement_by_setting_draft_waits_to_be_placed) {
  running_orderd engine({"--order-placement", "draft"});
  engine.api.define("WIDGET", 10);
  auto bob = engine.as("bob");
  const auto made = bob.post("/orders", order_of("WIDGET", 2));
  BOOST_TEST(made["status"].text() == "draft");
  check_stock(engine.api, "WIDGET", 10, 0);
  BOOST_TEST(bob.post("/orders/" + made["id"].text() + "/place").status == 200);
  check_stock(engine.api, "WIDGET", 10, 2);
}

BOOST_AUTO_TEST_SUITE_END()
