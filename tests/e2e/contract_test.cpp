#include "tests/e2e/running_orderd.hpp"

#include <string>
#include <vector>

using namespace orderd::test;

namespace {

const std::string unknown_id = "01a1faeb-13dd-73b1-8ce5-ed9fba607f7e";
const std::string some_customer = "550e8400-e29b-41d4-a716-446655440000";

struct with_stock : running_orderd {
  with_stock() {
    api.define("WIDGET", 10, 1999);
    api.define("GADGET", 5, 4999);
  }
  api_client bob = as("bob");
};

/// A text of an order with one line in which `field` stands in place of the usual.
std::string with_line(const std::string& line) { return "{\"items\":[" + line + "]}"; }

} // namespace

BOOST_AUTO_TEST_SUITE(contract)

BOOST_FIXTURE_TEST_CASE(bodies_that_are_no_json_are_malformed, with_stock) {
  for (const std::string body :
       {"", "{", "{\"items\":[}", "nul", "{\"a\":1}x", "\xff", "[1,]", "{\"items\":[{]}"})
    BOOST_TEST_CONTEXT("body " << body)
  check_problem(bob.post("/orders", body), 400, "malformed_json");
  check_problem(api.put("/stock/NEW", "{\"name\":"), 400, "malformed_json");
  check_problem(bob.post("/stock/WIDGET/reservations", "qty=1"), 400, "malformed_json");
}

BOOST_FIXTURE_TEST_CASE(refused_baskets_name_what_is_at_fault, with_stock) {
  check_problem(bob.post("/orders", R"({"items":[]})"), 400, "empty_items");
  const auto unknown = bob.post("/orders", order_of("NOWHERE", 1));
  check_problem(unknown, 400, "unknown_product");
  BOOST_TEST(unknown["detail"].text().find("NOWHERE") != std::string::npos);
  check_problem(bob.post("/orders", R"({"items":[{"product_id":77,"qty":1}]})"), 400, "unknown_product");

  const auto short_of =
      bob.post("/orders", R"({"items":[{"sku":"WIDGET","qty":11},{"sku":"GADGET","qty":6}]})");
  check_problem(short_of, 400, "insufficient_stock");
  const auto errors = short_of["errors"];
  BOOST_REQUIRE_EQUAL(errors.size(), 2U);
  for (const auto& each : errors.elements()) {
    const bool is_widget = each["sku"].text() == "WIDGET";
    BOOST_TEST(each["requested"].integer() == (is_widget ? 11 : 6));
    BOOST_TEST(each["available"].integer() == (is_widget ? 10 : 5));
  }
  check_stock(api, "WIDGET", 10, 0);
  check_stock(api, "GADGET", 5, 0);
  BOOST_TEST(api.list("/orders").empty());
}

BOOST_FIXTURE_TEST_CASE(wrong_shapes_are_422_with_the_field, with_stock) {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"[]", ""},
      {"{}", "items"},
      {R"({"items":{}})", "items"},
      {with_line("1"), "items[0]"},
      {with_line(R"({"qty":1})"), "items[0].sku"},
      {with_line(R"({"sku":"WIDGET"})"), "items[0].qty"},
      {with_line(R"({"sku":"","qty":1})"), "items[0].sku"},
      {with_line("{\"sku\":\"" + std::string(65, 'x') + "\",\"qty\":1}"), "items[0].sku"},
      {with_line(R"({"sku":7,"qty":1})"), "items[0].sku"},
      {with_line(R"({"sku":"WIDGET","qty":0})"), "items[0].qty"},
      {with_line(R"({"sku":"WIDGET","qty":-1})"), "items[0].qty"},
      {with_line(R"({"sku":"WIDGET","qty":2147483648})"), "items[0].qty"},
      {with_line(R"({"sku":"WIDGET","qty":1.5})"), "items[0].qty"},
      {with_line(R"({"sku":"WIDGET","qty":"1"})"), "items[0].qty"},
      {with_line(R"({"sku":"WIDGET","qty":1,"price":-1})"), "items[0].price"},
      {with_line(R"({"sku":"WIDGET","qty":1,"price":19.999})"), "items[0].price"},
      {with_line(R"({"sku":"WIDGET","qty":1,"price_cents":-1})"), "items[0].price_cents"},
      {R"({"items":[{"sku":"WIDGET","qty":1}],"metadata":[]})", "metadata"},
      {R"({"items":[{"sku":"WIDGET","qty":1}],"metadata":{"a":")" + std::string(17'000, 'm') + "\"}}",
       "metadata"},
      {R"({"items":[{"sku":"WIDGET","qty":1}],"customer_id":"no uuid"})", "customer_id"},
      {R"({"items":[{"sku":"WIDGET","qty":1}],"customer_id":7})", "customer_id"},
      {R"({"items":[{"sku":"WIDGET","qty":1}],"status":"completed"})", "status"},
  };
  for (const auto& [body, field] : wrong) {
    const auto answer = bob.post("/orders", body);
    check_problem(answer, 422, "invalid_field");
    BOOST_TEST_CONTEXT(body.substr(0, 100) << " -> " << answer.raw.body) {
      BOOST_REQUIRE_EQUAL(answer["errors"].size(), 1U);
      BOOST_TEST(answer["errors"].at(0)["field"].text() == field);
      BOOST_TEST(!answer["errors"].at(0)["detail"].text().empty());
    }
  }
  std::string lines;
  for (int i = 0; i < 101; ++i)
    lines += std::string(i == 0 ? "" : ",") + R"({"sku":"WIDGET","qty":1})";
  check_problem(bob.post("/orders", with_line(lines)), 422, "invalid_field");
}

BOOST_FIXTURE_TEST_CASE(wrong_shapes_of_stock_are_422, with_stock) {
  check_problem(api.put("/stock/X", R"({"name":"x","price":1,"on_hand":-1})"), 422, "invalid_field");
  check_problem(api.put("/stock/X", R"({"name":"x","price":-1,"on_hand":1})"), 422, "invalid_field");
  check_problem(api.put("/stock/X", R"({"name":7,"price":1,"on_hand":1})"), 422, "invalid_field");
  check_problem(api.put("/stock/" + std::string(65, 'x'), R"({"on_hand":1})"), 422, "invalid_field");
  check_problem(api.post("/stock/WIDGET/adjustments", R"({"reason":"none"})"), 422, "invalid_field");
  for (const std::string body : {R"({})", R"({"qty":0})", R"({"qty":1,"ttl_seconds":0})",
                                 R"({"qty":1,"ttl_seconds":86401})", R"({"qty":1,"holder":7})"})
    check_problem(bob.post("/stock/WIDGET/reservations", body), 422, "invalid_field");
  check_problem(bob.get("/orders/not-a-uuid"), 422, "invalid_field");
  check_problem(bob.get("/stock/WIDGET/reservations/7"), 422, "invalid_field");
  BOOST_TEST(api.list("/stock").size() == 2U);
}

BOOST_FIXTURE_TEST_CASE(an_order_needs_an_identity_before_its_content_is_judged, with_stock) {
  const auto refused = api.post("/orders", R"({"items":[]})");
  check_problem(refused, 401, "missing_user");
  check_problem(api.post("/orders", order_of("NOWHERE", 0)), 401, "missing_user");
  check_problem(api.get("/orders/me"), 401, "missing_user");
  check_problem(api.post("/orders", "{"), 400, "malformed_json");
  BOOST_TEST(api.post("/orders", "{\"customer_id\":\"" + some_customer +
                                     "\",\"items\":[{\"sku\":\"WIDGET\",\"qty\":1}]}")
                 .status == 201);
  BOOST_TEST(bob.post("/orders", order_of("WIDGET", 1)).status == 201);
}

BOOST_FIXTURE_TEST_CASE(customers_may_not_do_what_operators_do, with_stock) {
  check_problem(bob.put("/stock/NEW", R"({"name":"n","price":1,"on_hand":1})"), 403, "forbidden");
  check_problem(bob.post("/stock/WIDGET/adjustments", R"({"delta":1,"reason":"r"})"), 403, "forbidden");
  check_problem(bob.post("/stock/import", "sku\nX\n", {"Content-Type: text/csv"}), 403, "forbidden");
  check_problem(bob.post("/orders", "{\"customer_id\":\"" + some_customer +
                                        "\",\"items\":[{\"sku\":\"WIDGET\",\"qty\":1}]}"),
                403, "forbidden");
  BOOST_TEST(as("operator").put("/stock/NEW", R"({"name":"n","price":1,"on_hand":1})").status == 201);
  BOOST_TEST(bob.get("/stock/WIDGET").status == 200);
}

BOOST_FIXTURE_TEST_CASE(what_is_not_there_or_not_yours_is_404, with_stock) {
  const auto bobs = place(bob, "WIDGET", 1);
  auto eve = as("eve");
  for (const std::string& path : {"/orders/" + bobs, "/orders/" + unknown_id, "/orders/" + bobs + "/events",
                                  std::string("/stock/NOWHERE"), std::string("/nothing"), std::string("/"),
                                  "/stock/WIDGET/reservations/" + unknown_id})
    check_problem(eve.get(path), 404, "not_found");
  for (const std::string step : {"place", "accept", "complete", "cancel"})
    check_problem(eve.post("/orders/" + unknown_id + '/' + step), 404, "not_found");
  check_problem(eve.post("/orders/" + bobs + "/cancel"), 404, "not_found");
  check_problem(eve.patch("/orders/" + bobs, R"({"metadata":{"mine":true}})"), 404, "not_found");
  check_problem(eve.post("/stock/NOWHERE/reservations", R"({"qty":1})"), 404, "not_found");
  BOOST_TEST(bob.get("/orders/" + bobs)["version"].integer() == 1);
}

BOOST_FIXTURE_TEST_CASE(wrong_methods_are_405_and_name_the_right_ones, with_stock) {
  const auto on_list = api.remove("/orders");
  check_problem(on_list, 405, "method_not_allowed");
  BOOST_TEST(on_list.header("Allow").find("GET") != std::string::npos);
  BOOST_TEST(on_list.header("Allow").find("POST") != std::string::npos);
  const auto on_item = api.post("/stock/WIDGET", "{}");
  check_problem(on_item, 405, "method_not_allowed");
  BOOST_TEST(on_item.header("Allow").find("PUT") != std::string::npos);
  check_problem(api.put("/health", "{}"), 405, "method_not_allowed");
}

BOOST_FIXTURE_TEST_CASE(contradictions_are_409, with_stock) {
  const auto differs = bob.post("/orders", with_line(R"({"sku":"WIDGET","qty":1,"price":19.98})"));
  check_problem(differs, 409, "price_changed");
  check_stock(api, "WIDGET", 10, 0);

  const auto id = place(bob, "WIDGET", 1);
  const auto too_early = api.post("/orders/" + id + "/complete");
  check_problem(too_early, 409, "illegal_transition");
  BOOST_TEST(too_early["allowed"].texts() == (std::vector<std::string>{"accepted", "cancelled"}),
             boost::test_tools::per_element());
  BOOST_TEST(bob.post("/orders/" + id + "/cancel").status == 200);
  const auto again = bob.post("/orders/" + id + "/cancel");
  check_problem(again, 409, "illegal_transition");
  BOOST_TEST(again["allowed"].size() == 0U);
}

BOOST_FIXTURE_TEST_CASE(changes_honour_if_match, with_stock) {
  const auto id = place(bob, "WIDGET", 1);
  const auto shown = bob.get("/orders/" + id);
  BOOST_TEST(shown.header("ETag") == "\"1\"");
  check_problem(bob.post("/orders/" + id + "/cancel", {}, {"If-Match: \"2\""}), 412, "version_mismatch");
  check_problem(bob.patch("/orders/" + id, R"({"metadata":{"a":1}})", {"If-Match: \"7\""}), 412,
                "version_mismatch");
  const auto changed = bob.patch("/orders/" + id, R"({"metadata":{"a":1}})", {"If-Match: \"1\""});
  BOOST_TEST(changed.status == 200);
  BOOST_TEST(changed.header("ETag") == "\"2\"");

  const auto item = api.get("/stock/GADGET").header("ETag");
  BOOST_TEST(item == "\"1\"");
  const std::string more = R"({"delta":1,"reason":"found"})";
  check_problem(api.post("/stock/GADGET/adjustments", more, {"If-Match: \"9\""}), 412, "version_mismatch");
  check_problem(api.put("/stock/GADGET", R"({"name":"other"})", {"If-Match: \"9\""}), 412,
                "version_mismatch");
  BOOST_TEST(api.post("/stock/GADGET/adjustments", more, {"If-Match: " + item}).status == 200);
  check_stock(api, "GADGET", 6, 0);
}

BOOST_FIXTURE_TEST_CASE(bodies_too_long_or_of_another_type_are_refused, with_stock) {
  const auto too_long = bob.post("/orders", std::string(2 << 20, ' '));
  BOOST_TEST(too_long.status == 413);
  BOOST_TEST(too_long.header("Content-Type") == "application/problem+json");
  check_problem(bob.post("/orders", order_of("WIDGET", 1), {"Content-Type: text/plain"}), 415,
                "unsupported_media_type");
  check_problem(api.post("/stock/import", "x", {"Content-Type: image/png"}), 415, "unsupported_media_type");
  BOOST_TEST(
      bob.post("/orders", order_of("WIDGET", 1), {"Content-Type: application/json; charset=utf-8"}).status ==
      201);
}

BOOST_FIXTURE_TEST_CASE(unknown_statuses_and_bad_paging_are_400, with_stock) {
  check_problem(api.get("/orders?status=lost"), 400, "unknown_status");
  check_problem(api.get("/orders/status/lost"), 400, "unknown_status");
  const auto id = place(bob, "WIDGET", 1);
  check_problem(bob.put("/orders/" + id, R"({"status":"lost"})"), 400, "unknown_status");
  check_problem(bob.patch("/orders/" + id + "/status", R"({"status":"lost"})"), 400, "unknown_status");
  check_problem(bob.post("/orders", R"({"items":[{"sku":"WIDGET","qty":1}],"status":"lost"})"), 400,
                "unknown_status");
  for (const std::string query :
       {"limit=0", "limit=101", "limit=x", "limit=-1", "page=0", "page=x", "cursor=!", "cursor=AAAA",
        "created_after=yesterday", "created_before=2026-13-01T00:00:00Z"})
    BOOST_TEST_CONTEXT(query)
  check_problem(api.get("/orders?" + query), 400, "bad_parameter");
  check_problem(api.get("/stock?limit=0"), 400, "bad_parameter");
}

BOOST_AUTO_TEST_CASE(more_requests_than_may_be_in_flight_are_503_with_retry_after) {
  running_orderd one_at_a_time({"--requests-in-flight-max", "1"});
  one_at_a_time.api.define("WIDGET", 1'000'000);
  const std::string body = order_of("WIDGET", 1);
  const std::string request =
      "POST /orders HTTP/1.1\r\nHost: test\r\nX-User: bob\r\nContent-Length: " + std::to_string(body.size()) +
      "\r\n\r\n" + body;
  std::int64_t sold = 0;
  std::optional<api_answer> refused;
  eventually("an overloaded answer", [&] {
    std::vector<raw_client> clients;
    for (int i = 0; i < 16; ++i)
      clients.emplace_back(one_at_a_time.program.port());
    for (auto& each : clients)
      each.send(request);
    for (auto& each : clients) {
      auto answer = each.read_response();
      BOOST_REQUIRE(answer);
      if (answer->status == 201)
        ++sold;
      else
        refused = api_answer{answer->status, *answer};
    }
    return refused.has_value();
  });
  check_problem(*refused, 503, "overloaded");
  BOOST_TEST(std::stoi(refused->header("Retry-After")) >= 1);
  check_stock(one_at_a_time.api, "WIDGET", 1'000'000, sold);
}

BOOST_AUTO_TEST_SUITE_END()
