#include "tests/e2e/crowd.hpp"
#include "tests/e2e/running_orderd.hpp"

#include <string>
#include <vector>

using namespace orderd::test;

namespace {

std::string basket(const std::vector<std::string>& skus) {
  std::string items;
  for (const auto& sku : skus)
    items += (items.empty() ? "" : ",") + ("{\"sku\":\"" + sku + "\",\"qty\":1}");
  return "{\"items\":[" + items + "]}";
}

} // namespace

BOOST_AUTO_TEST_SUITE(contention)

BOOST_FIXTURE_TEST_CASE(many_clients_sell_exactly_what_is_there, running_orderd) {
  constexpr int clients = 24;
  constexpr int stock = 100;
  api.define("HOT", stock);
  outcome_counts seen;
  in_threads(clients, [&](int index) {
    auto client = as("customer-" + std::to_string(index));
    for (api_answer answer; answer.status == 0 || answer.status == 201;) {
      answer = client.post("/orders", order_of("HOT", 1));
      seen.add(answer);
    }
  });
  BOOST_TEST(seen["201"] == stock);
  BOOST_TEST(seen["400 insufficient_stock"] == clients);
  check_stock(api, "HOT", stock, stock);
  BOOST_TEST(api.list("/orders?status=processed").size() == static_cast<std::size_t>(stock));
}

BOOST_FIXTURE_TEST_CASE(five_hundred_buyers_at_once_get_the_hundred_units, running_orderd) {
  constexpr int buyers = 500;
  constexpr int threads = 4;
  constexpr int stock = 100;
  api.define("FLASH", stock);
  const std::string body = order_of("FLASH", 1);
  outcome_counts seen;
  in_threads(threads, [&](int index) {
    std::vector<raw_client> connections;
    for (int i = index; i < buyers; i += threads)
      connections.emplace_back(program.port());
    int buyer = index;
    for (auto& each : connections) {
      each.send("POST /orders HTTP/1.1\r\nHost: test\r\nX-User: buyer-" + std::to_string(buyer) +
                "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
      buyer += threads;
    }
    for (auto& each : connections)
      if (auto answer = each.read_response())
        seen.add({answer->status, *answer});
  });
  BOOST_TEST(seen["201"] == stock);
  BOOST_TEST(seen["400 insufficient_stock"] == buyers - stock);
  check_stock(api, "FLASH", stock, stock);

  for (const auto& order : api.list("/orders"))
    BOOST_TEST(as("operator").post("/orders/" + order["id"].text() + "/cancel").status == 200);
  check_stock(api, "FLASH", stock, 0);
}

BOOST_FIXTURE_TEST_CASE(baskets_in_opposite_order_neither_deadlock_nor_fail, running_orderd) {
  constexpr int clients = 16;
  constexpr int orders_each = 25;
  const std::vector<std::string> forward{"A", "B", "C", "D", "E", "F"};
  const std::vector<std::string> backward(forward.rbegin(), forward.rend());
  for (const auto& sku : forward)
    api.define(sku, clients * orders_each);
  outcome_counts seen;
  in_threads(clients, [&](int index) {
    auto client = as("customer-" + std::to_string(index));
    const auto body = basket(index % 2 == 0 ? forward : backward);
    for (int i = 0; i < orders_each; ++i)
      seen.add(client.post("/orders", body));
  });
  BOOST_TEST(seen["201"] == clients * orders_each);
  for (const auto& sku : forward)
    check_stock(api, sku, clients * orders_each, clients * orders_each);
}

BOOST_FIXTURE_TEST_CASE(a_basket_is_sold_whole_or_not_at_all, running_orderd) {
  constexpr int clients = 12;
  api.define("PLENTY", 10'000);
  api.define("SCARCE", 7);
  outcome_counts seen;
  in_threads(clients, [&](int index) {
    auto client = as("customer-" + std::to_string(index));
    const auto body = index % 2 == 0 ? basket({"PLENTY", "SCARCE"}) : basket({"SCARCE", "PLENTY"});
    for (int i = 0; i < 10; ++i)
      seen.add(client.post("/orders", body));
  });
  BOOST_TEST(seen["201"] == 7);
  BOOST_TEST(seen["400 insufficient_stock"] == clients * 10 - 7);
  check_stock(api, "PLENTY", 10'000, 7);
  check_stock(api, "SCARCE", 7, 7);
}

BOOST_FIXTURE_TEST_CASE(exactly_one_runner_wins_an_order, running_orderd) {
  api.define("HOT", 100);
  auto bob = as("bob");
  for (int round = 0; round < 10; ++round) {
    const auto id = place(bob, "HOT", 1);
    outcome_counts seen;
    in_threads(8, [&](int index) {
      seen.add(
          as("operator")
              .post("/orders/" + id + "/accept", "{\"runner_id\":\"runner-" + std::to_string(index) + "\"}"));
    });
    BOOST_TEST(seen["200"] == 1);
    BOOST_TEST(seen["409 illegal_transition"] == 7);
  }
}

BOOST_AUTO_TEST_SUITE_END()
