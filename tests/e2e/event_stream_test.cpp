#include "tests/e2e/crowd.hpp"
#include "tests/e2e/running_orderd.hpp"
#include "tests/support/event_client.hpp"

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

using namespace orderd::test;

namespace {

constexpr std::int64_t plenty = 1'000'000;
const header_lines wants_page = {"Accept: application/json"};

/// The ids of all events of the history that `query` lets through, oldest first.
std::vector<std::string> history(api_client& api, const std::string& query = {}) {
  std::vector<std::string> ids;
  const auto first = "/events?limit=100" + query;
  for (auto target = first; !target.empty();) {
    const auto page = api.get(target, wants_page);
    BOOST_REQUIRE_EQUAL(page.status, 200);
    for (const auto& item : page["items"].elements())
      ids.push_back(item["id"].text());
    const auto cursor = page["next_cursor"];
    target = cursor.is_null() ? std::string() : first + "&cursor=" + cursor.text();
  }
  return ids;
}

std::string cloud_id(const sent_event& e) { return json_view::parse(e.data)["id"].text(); }

std::vector<std::string> cloud_ids(const std::vector<sent_event>& events) {
  std::vector<std::string> ids;
  for (const auto& each : events)
    ids.push_back(cloud_id(each));
  return ids;
}

void check_same(const std::vector<std::string>& seen, const std::vector<std::string>& expected) {
  BOOST_TEST(seen.size() == expected.size());
  BOOST_TEST((seen == expected), "the events differ, or come in another order");
}

void place_many(std::uint16_t port, const std::string& user, int count) {
  api_client customer(port, user);
  for (int i = 0; i < count; ++i)
    customer.post("/orders", order_of("WIDGET", 1));
}

/// Takes up to so many more events, as a client that comes back with what it saw last.
void resume(const orderd_process& program, std::vector<sent_event>& seen, std::size_t up_to) {
  std::vector<std::string> fields;
  if (!seen.empty())
    fields.push_back("Last-Event-ID: " + seen.back().id);
  event_client client(program.port(), "/events?since=1", fields);
  BOOST_REQUIRE_EQUAL(client.head().status, 200);
  while (seen.size() < up_to) {
    auto one = client.next();
    BOOST_REQUIRE_MESSAGE(one, "the stream ended");
    seen.push_back(*std::move(one));
  }
}

} // namespace

BOOST_AUTO_TEST_SUITE(event_stream)

BOOST_AUTO_TEST_CASE(a_client_is_told_of_an_order_in_one_stream_as_it_goes_on) {
  running_orderd running;
  running.api.define("WIDGET", plenty);
  event_client client(running.program.port(), "/events");
  BOOST_REQUIRE_EQUAL(client.head().status, 200);
  BOOST_TEST(client.head().header("Content-Type") == "text/event-stream");
  BOOST_TEST(client.head().header("Cache-Control") == "no-store");
  auto ada = running.as("ada");
  const auto id = place(ada, "WIDGET", 2);
  const auto created = client.next();
  const auto reserved = client.next();
  BOOST_REQUIRE(created);
  BOOST_REQUIRE(reserved);
  BOOST_TEST(created->type == "order_created");
  BOOST_TEST(reserved->type == "stock_reserved");
  const auto envelope = json_view::parse(created->data);
  BOOST_TEST(envelope["specversion"].text() == "1.0");
  BOOST_TEST(envelope["subject"].text() == id);
  BOOST_TEST(envelope["dataschema"].text() == "urn:orderd:schema:order_created:1");
  BOOST_TEST(envelope["data"]["order_id"].text() == id);
  BOOST_TEST(envelope["data"]["customer_id"].text() == "ada");
  BOOST_REQUIRE_EQUAL(ada.post("/orders/" + id + "/cancel").status, 200);
  const auto cancelled = client.next();
  BOOST_REQUIRE(cancelled);
  BOOST_TEST(cancelled->type == "order_updated");
  BOOST_TEST(json_view::parse(cancelled->data)["data"]["status"].text() == "cancelled");
}

BOOST_AUTO_TEST_CASE(a_client_that_comes_back_misses_nothing_and_sees_nothing_twice) {
  running_orderd running;
  running.api.define("WIDGET", plenty);
  std::vector<sent_event> seen;
  place_many(running.program.port(), "ada", 5);
  // Between the two events of one order, then behind an order's last.
  resume(running.program, seen, 3);
  resume(running.program, seen, 4);
  place_many(running.program.port(), "ada", 5);
  resume(running.program, seen, 11);
  BOOST_TEST(running.program.stop() == 0);
  running.program.start();
  resume(running.program, seen, 15);
  place_many(running.program.port(), "ada", 5);
  running.program.kill();
  running.program.start();
  resume(running.program, seen, 27);
  place_many(running.program.port(), "ada", 5);
  resume(running.program, seen, 40);
  api_client api(running.program.port());
  check_same(cloud_ids(seen), history(api));
}

BOOST_AUTO_TEST_CASE(whoever_joins_under_load_sees_the_whole_history_once_and_in_order) {
  constexpr int clients = 4;
  constexpr int orders_each = 500;
  constexpr std::size_t events = 2UL * clients * orders_each;
  running_orderd running;
  running.api.define("WIDGET", plenty);
  const auto port = running.program.port();
  std::vector<std::vector<sent_event>> seen(5);
  std::thread load([&] {
    in_threads(clients, [&](int index) { place_many(port, "buyer-" + std::to_string(index), orders_each); });
  });
  std::vector<std::thread> watchers;
  for (std::size_t i = 0; i < seen.size(); ++i)
    watchers.emplace_back([&, i] {
      try {
        // Each joins once so much of the history is there.
        if (i > 0) {
          event_client first(port, "/events?since=1");
          static_cast<void>(first.next(i * events / seen.size()));
        }
        event_client client(port, "/events?since=1");
        seen[i] = client.next(events);
      } catch (const std::exception&) {
        // What it has not seen fails the check.
      }
    });
  load.join();
  for (auto& each : watchers)
    each.join();
  const auto expected = history(running.api);
  BOOST_TEST(expected.size() == events);
  for (const auto& each : seen)
    check_same(cloud_ids(each), expected);
}

BOOST_AUTO_TEST_CASE(filters_let_through_what_was_asked_for_and_a_customer_sees_own_orders_only) {
  running_orderd running;
  running.api.define("WIDGET", plenty);
  auto ada = running.as("ada");
  auto bob = running.as("bob");
  std::vector<std::string> orders;
  for (int i = 0; i < 3; ++i) {
    orders.push_back(place(ada, "WIDGET", 1));
    place(bob, "WIDGET", 1);
  }
  const auto port = running.program.port();
  const auto all = event_client(port, "/events?since=1").next(12);
  BOOST_REQUIRE_EQUAL(all.size(), 12U);
  const auto check = [&](const std::string& query, const std::vector<std::string>& fields, auto wanted) {
    std::vector<std::string> expected;
    for (const auto& each : all)
      if (wanted(json_view::parse(each.data)))
        expected.push_back(cloud_id(each));
    BOOST_TEST_CONTEXT(query) {
      BOOST_TEST(!expected.empty());
      check_same(cloud_ids(event_client(port, "/events?since=1" + query, fields).next(expected.size())),
                 expected);
      check_same(history(running.api, query), expected);
    }
  };
  const auto is_adas = [](const json_view& e) { return e["data"]["customer_id"].text() == "ada"; };
  check("&type=order_created", {}, [](const json_view& e) { return e["type"].text() == "order_created"; });
  check("&order_id=" + orders[1], {}, [&](const json_view& e) { return e["subject"].text() == orders[1]; });
  check("&customer_id=ada", {}, is_adas);
  check("&customer_id=ada", {"X-User: ada"}, is_adas);
  // Without being asked: what comes to a customer live and from the history is the customer's own.
  event_client own(port, "/events?since=1", {"X-User: ada"});
  static_cast<void>(own.next(6));
  place(bob, "WIDGET", 1);
  const auto last = place(ada, "WIDGET", 1);
  for (const auto& each : own.next(2))
    BOOST_TEST(json_view::parse(each.data)["subject"].text() == last);
  check_problem(ada.get("/events?customer_id=bob"), 403, "forbidden");
  check_problem(ada.get("/events?customer_id=bob", wants_page), 403, "forbidden");
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_read_is_dropped_and_holds_nobody_back) {
  // Baskets, without delay: they fill what the kernel keeps for a connection, which may be megabytes, long
  // before the client counts as one that stands still.
  constexpr int lines = 50;
  constexpr int orders_max = 3'000;
  running_orderd running({}, {"ORDERD_EVENT_CLIENT_BYTES_MAX=4096", "ORDERD_STORE_BATCH_LATENCY_MS=0"});
  std::string basket;
  for (int i = 0; i < lines; ++i) {
    const auto sku = "WIDGET-" + std::to_string(i);
    running.api.define(sku, plenty);
    basket += (basket.empty() ? "" : ",") + (R"({"qty":1,"sku":")" + sku + "\"}");
  }
  basket = R"({"items":[)" + basket + "]}";
  const auto port = running.program.port();
  event_client slow(port, "/events", {}, 4096);
  event_client good(port, "/events");
  auto ada = running.as("ada");
  std::vector<sent_event> seen;
  const auto streams = [&] { return running.api.get("/status")["event_streams"].integer(); };
  for (int i = 0; i < orders_max && streams() == 2; ++i) {
    BOOST_REQUIRE_EQUAL(ada.post("/orders", basket).status, 201);
    for (auto& each : good.next(2))
      seen.push_back(std::move(each));
  }
  BOOST_REQUIRE_EQUAL(streams(), 1);
  const auto expected = history(running.api);
  check_same(cloud_ids(seen), expected);
  const auto taken = slow.next(expected.size());
  BOOST_TEST(taken.size() < expected.size());
  BOOST_TEST(slow.ended_in_order());
  BOOST_TEST(slow.last_comment().find("dropped") != std::string::npos, slow.last_comment());
  // What it took has no gap, and it can go on behind that.
  check_same(cloud_ids(taken), {expected.begin(), expected.begin() + static_cast<long>(taken.size())});
  event_client again(port, "/events", {"Last-Event-ID: " + slow.last_id()});
  check_same(cloud_ids(again.next(expected.size() - taken.size())),
             {expected.begin() + static_cast<long>(taken.size()), expected.end()});
}

BOOST_AUTO_TEST_CASE(one_stream_too_many_is_refused_until_another_has_gone) {
  running_orderd running({}, {"ORDERD_EVENT_CLIENTS_MAX=2"});
  const auto port = running.program.port();
  const event_client first(port, "/events");
  {
    const event_client second(port, "/events");
    BOOST_TEST(second.head().status == 200);
    const auto refused = running.api.get("/events");
    check_problem(refused, 503, "overloaded");
    BOOST_TEST(!refused.header("Retry-After").empty());
    // Pages of the history are no streams.
    BOOST_TEST(running.api.get("/events", wants_page).status == 200);
  }
  eventually("there is room for another stream",
             [&] { return event_client(port, "/events").head().status == 200; });
}

BOOST_AUTO_TEST_CASE(the_end_of_the_program_ends_open_streams_in_order) {
  running_orderd running({}, {"ORDERD_DRAIN_TIMEOUT_MS=60000"});
  running.api.define("WIDGET", plenty);
  const auto port = running.program.port();
  event_client idle(port, "/events");
  event_client busy(port, "/events?since=1");
  place_many(port, "ada", 20);
  BOOST_REQUIRE_EQUAL(busy.next(40).size(), 40U);
  BOOST_TEST(running.program.stop() == 0);
  BOOST_TEST(!busy.next());
  BOOST_TEST(busy.ended_in_order());
  BOOST_TEST(idle.next(41).size() == 40U);
  BOOST_TEST(idle.ended_in_order());
}

BOOST_AUTO_TEST_CASE(the_history_can_be_followed_by_asking_for_pages) {
  running_orderd running;
  running.api.define("WIDGET", plenty);
  place_many(running.program.port(), "ada", 3);
  const auto first = running.api.get("/events?limit=4", wants_page);
  BOOST_REQUIRE_EQUAL(first.status, 200);
  BOOST_TEST(first["items"].size() == 4U);
  BOOST_TEST(!first.header("Link").empty());
  const auto rest = running.api.get("/events?last_event_id=" + first["last_event_id"].text(), wants_page);
  BOOST_TEST(rest["items"].size() == 2U);
  BOOST_TEST(rest["next_cursor"].is_null());
  const auto behind = "/events?last_event_id=" + rest["last_event_id"].text();
  BOOST_TEST(running.api.get(behind, wants_page)["items"].size() == 0U);
  auto ada = running.as("ada");
  const auto id = place(ada, "WIDGET", 1);
  const auto more = running.api.get(behind, wants_page);
  BOOST_TEST(more["items"].size() == 2U);
  BOOST_TEST(more["items"].at(0)["data"]["order_id"].text() == id);
  // A stream goes on where a page ends.
  event_client client(running.program.port(), behind);
  const auto told = client.next();
  BOOST_REQUIRE(told);
  BOOST_TEST(cloud_id(*told) == more["items"].at(0)["id"].text());
}

BOOST_AUTO_TEST_SUITE_END()
