#include "tests/e2e/running_orderd.hpp"

#include <algorithm>
#include <regex>
#include <set>
#include <string>
#include <vector>

using namespace orderd::test;

namespace {

struct with_stock : running_orderd {
  with_stock() { api.define("WIDGET", 1'000, 1999); }
  api_client bob = as("bob");
};

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string id_of(const json_view& item) { return item["id"].text(); }

} // namespace

BOOST_AUTO_TEST_SUITE(conventions)

BOOST_FIXTURE_TEST_CASE(every_path_answers_under_api_and_with_a_trailing_slash, with_stock) {
  const auto id = place(bob, "WIDGET", 1);
  for (const std::string& path :
       {std::string("/orders"), "/orders/" + id, "/orders/" + id + "/events", std::string("/stock/WIDGET"),
        std::string("/stock"), std::string("/health/live")})
    for (const std::string& spelled : {path, "/api" + path, path + "/", "/api" + path + "/"})
      BOOST_TEST_CONTEXT(spelled)
  BOOST_TEST(bob.get(spelled).status == 200);
  BOOST_TEST(bob.post("/api/orders/", order_of("WIDGET", 1)).status == 201);
  BOOST_TEST(bob.post("/api/orders/" + id + "/cancel/").status == 200);
}

BOOST_FIXTURE_TEST_CASE(request_ids_are_echoed_or_made, with_stock) {
  BOOST_TEST(api.get("/stock/WIDGET", {"X-Request-Id: mine-7"}).header("X-Request-Id") == "mine-7");
  BOOST_TEST(api.get("/nowhere", {"X-Request-Id: mine-8"})["request_id"].text() == "mine-8");
  const auto first = api.get("/stock").header("X-Request-Id");
  BOOST_TEST(!first.empty());
  BOOST_TEST(first != api.get("/stock").header("X-Request-Id"));
}

BOOST_FIXTURE_TEST_CASE(a_new_order_shows_the_whole_contract, with_stock) {
  const auto made = bob.post(
      "/orders",
      R"({"items":[{"sku":"WIDGET","qty":2,"price":19.99},{"sku":"WIDGET","qty":1}],"metadata":{"source":"web"}})");
  BOOST_REQUIRE_EQUAL(made.status, 201);
  const auto body = made.json();
  const auto id = id_of(body);
  BOOST_TEST(std::regex_match(
      id, std::regex("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")));
  BOOST_TEST(made.header("Location") == "/orders/" + id);
  BOOST_TEST(made.header("ETag") == "\"1\"");
  BOOST_TEST(body["customer_id"].text() == "bob");
  BOOST_TEST(body["status"].text() == "processed");
  BOOST_TEST(body["version"].integer() == 1);
  BOOST_TEST(body["payment_status"].text() == "none");
  BOOST_TEST(body["currency"].text().size() == 3U);
  BOOST_TEST(body["total_cents"].integer() == 3 * 1999);
  BOOST_TEST(body["metadata"].minified() == R"({"source":"web"})");
  BOOST_TEST(body["runner_id"].is_null());
  BOOST_TEST(body["failure"].is_null());
  BOOST_REQUIRE_EQUAL(body["items"].size(), 1U);
  const auto line = body["items"].at(0);
  BOOST_TEST(line["qty"].integer() == 3);
  BOOST_TEST(line["price_cents"].integer() == 1999);
  BOOST_TEST(!id_of(line).empty());
  const std::regex time(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)");
  for (const auto& each : {body["created_at"], body["updated_at"], line["created_at"]})
    BOOST_TEST(std::regex_match(each.text(), time));
  BOOST_TEST(bob.get(made.header("Location")).raw.body == made.raw.body);
}

BOOST_FIXTURE_TEST_CASE(decimals_are_exact, with_stock) {
  BOOST_TEST(holds(api.get("/stock/WIDGET").raw.body, "\"price\":19.99,"));
  for (const std::string price : {"0.07", "0.10", "1.15", "4.35", "1000000.01", "999999999.99"}) {
    const auto put = api.put("/stock/EXACT", "{\"name\":\"e\",\"price\":" + price + ",\"on_hand\":100}");
    BOOST_TEST_CONTEXT(put.raw.body) {
      BOOST_TEST((put.status == 200 || put.status == 201));
      std::string digits = price;
      digits.erase(digits.find('.'), 1);
      BOOST_TEST(put["price_cents"].integer() == std::stoll(digits));
      BOOST_TEST(holds(put.raw.body, "\"price\":" + price + ","));
    }
    const auto made =
        bob.post("/orders", "{\"items\":[{\"sku\":\"EXACT\",\"qty\":1,\"price\":" + price + "}]}");
    BOOST_TEST(made.status == 201);
    BOOST_TEST(holds(made.raw.body, "\"total_amount\":" + price + ","));
  }
}

BOOST_FIXTURE_TEST_CASE(cursors_are_stable_while_orders_arrive, with_stock) {
  std::vector<std::string> newest_first;
  for (int i = 0; i < 25; ++i)
    newest_first.insert(newest_first.begin(), place(bob, "WIDGET", 1));
  std::vector<std::string> seen;
  std::string next = "/orders?limit=4";
  while (!next.empty()) {
    const auto page = api.get(next);
    BOOST_REQUIRE_EQUAL(page.status, 200);
    BOOST_TEST(page["items"].size() <= 4U);
    for (const auto& each : page["items"].elements())
      seen.push_back(id_of(each));
    place(bob, "WIDGET", 1);
    const auto cursor = page["next_cursor"];
    const auto link = page.header("Link");
    BOOST_TEST(cursor.is_null() == link.empty());
    next.clear();
    if (!cursor.is_null()) {
      next = link.substr(1, link.find('>') - 1);
      BOOST_TEST(holds(link, "rel=\"next\""));
      BOOST_TEST(holds(next, cursor.text()));
    }
  }
  BOOST_TEST(seen == newest_first, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(pages_count_and_one_past_the_end_is_empty, with_stock) {
  for (int i = 0; i < 7; ++i)
    place(bob, "WIDGET", 1);
  const auto last = api.get("/orders?page=3&limit=3");
  BOOST_TEST(last["items"].size() == 1U);
  BOOST_TEST(last["total"].integer() == 7);
  BOOST_TEST(last["pages"].integer() == 3);
  BOOST_TEST(last["page"].integer() == 3);
  const auto past = api.get("/orders?page=9&limit=3");
  BOOST_TEST(past.status == 200);
  BOOST_TEST(past["items"].size() == 0U);
  BOOST_TEST(past["total"].integer() == 7);
  BOOST_TEST(api.get("/orders")["items"].size() == 7U);
  BOOST_TEST(holds(api.get("/orders?page=2&limit=3").header("Link"), "rel=\"next\""));
}

BOOST_FIXTURE_TEST_CASE(stock_is_paged_like_every_list, with_stock) {
  std::set<std::string> expected{"WIDGET"};
  for (int i = 0; i < 9; ++i) {
    api.define("ITEM-" + std::to_string(i), 1);
    expected.insert("ITEM-" + std::to_string(i));
  }
  std::set<std::string> seen;
  std::size_t count = 0;
  for (std::string next = "/stock?limit=3"; !next.empty();) {
    const auto page = api.get(next);
    for (const auto& each : page["items"].elements()) {
      seen.insert(each["sku"].text());
      ++count;
    }
    const auto link = page.header("Link");
    next = link.empty() ? "" : link.substr(1, link.find('>') - 1);
  }
  BOOST_TEST((seen == expected));
  BOOST_TEST(count == expected.size());
  BOOST_TEST(api.get("/stock?page=2&limit=4")["total"].integer() == 10);
}

BOOST_FIXTURE_TEST_CASE(heads_and_conditional_reads_carry_no_body, with_stock) {
  const auto head = api.ask("HEAD", "/stock/WIDGET");
  BOOST_TEST(head.status == 200);
  BOOST_TEST(head.header("ETag") == "\"1\"");
  const auto unchanged = api.get("/stock/WIDGET", {"If-None-Match: \"1\""});
  BOOST_TEST(unchanged.status == 304);
  BOOST_TEST(unchanged.raw.body.empty());
  BOOST_TEST(api.get("/stock/WIDGET", {"If-None-Match: \"0\""}).status == 200);
}

BOOST_FIXTURE_TEST_CASE(health_tells_what_the_process_is_doing, with_stock) {
  const auto health = api.get("/health");
  BOOST_TEST(health.status == 200);
  BOOST_TEST(health["status"].text() == "healthy");
  BOOST_TEST(health["store"]["status"].text() == "up");
  BOOST_TEST(api.get("/health/live").status == 200);
  const auto ready = api.get("/health/ready");
  BOOST_TEST(ready.status == 200);
  BOOST_TEST(ready["degraded"].size() == 0U);
  const auto figures = api.get("/metrics");
  BOOST_TEST(figures.status == 200);
  BOOST_TEST(figures.header("Content-Type") == "text/plain; version=0.0.4");
  BOOST_TEST(holds(figures.raw.body, "\norderd_store_up 1\n"));
  BOOST_TEST(holds(figures.raw.body, "\norderd_accepts_writes 1\n"));
  eventually("the store's catching up",
             [&] { return holds(api.get("/metrics").raw.body, "\norderd_backlog_events 0\n"); });
}

BOOST_FIXTURE_TEST_CASE(an_answer_names_the_durability_that_a_client_got, with_stock) {
  const auto applied = [this](const char* prefer) {
    const auto answer = bob.post("/orders", order_of("WIDGET", 1), {prefer});
    BOOST_TEST(answer.status == 201);
    return answer.header("Preference-Applied");
  };
  BOOST_TEST(applied("Prefer: respond-async").empty());
  BOOST_TEST(applied("Prefer: durability=memory") == "durability=journal");
  BOOST_TEST(applied("Prefer: respond-async, Durability=\"store\";x=1") == "durability=store");
  const auto refused = bob.post("/orders", order_of("WIDGET", 5'000), {"Prefer: durability=store"});
  check_problem(refused, 400, "insufficient_stock");
  BOOST_TEST(refused.header("Preference-Applied") == "durability=store");
}

BOOST_AUTO_TEST_SUITE_END()
