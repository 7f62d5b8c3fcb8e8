#include "tests/e2e/deferred_load.hpp"

#include <exception>
#include <map>
#include <set>

namespace orderd::test {

namespace {

constexpr int guard_seconds = 120;

std::string sku_name(int index) { return "SKU-" + std::to_string(index); }
std::string buyer_name(int index) { return "buyer-" + std::to_string(index); }

std::string body_of(int order) {
  const auto line = [](int sku, int qty) {
    return "{\"sku\":\"" + sku_name(sku % deferred_load::skus) + "\",\"qty\":" + std::to_string(qty) + '}';
  };
  std::string items = line(order, 1 + order % 3);
  if (order % 4 == 0)
    items += ',' + line(order + 3, 1);
  return "{\"items\":[" + items + "]}";
}

header_lines headers_of(int order) {
  const int buyer = (order + order / deferred_load::skus) % deferred_load::customers;
  return {"X-User: " + buyer_name(buyer), "Idempotency-Key: order-" + std::to_string(order)};
}

int count_of(api_client& operators, const std::string& status) {
  const auto page = operators.get("/orders?page=1&limit=1&status=" + status);
  return page.status == 200 ? static_cast<int>(page["total"].integer()) : 0;
}

/// The timeline tells how the order came to its end.
void check_timeline(api_client& operators, const json_view& order) {
  const auto events = operators.list("/orders/" + order["id"].text() + "/events");
  BOOST_REQUIRE(!events.empty());
  std::set<std::string> seen;
  for (const auto& each : events) {
    BOOST_TEST(!each["at"].text().empty());
    BOOST_TEST(!each["actor"].text().empty());
    seen.insert(each["event_type"].text());
  }
  BOOST_TEST(events.front()["event_type"].text() == "order_created");
  if (order["status"].text() == "processed") {
    for (const auto* step : {"stock_reserved", "payment_authorized", "payment_escrowed"})
      BOOST_TEST(seen.count(step) == 1U, step);
    BOOST_TEST(events.back()["event_type"].text() == "order_processed");
  } else {
    BOOST_TEST(events.back()["event_type"].text() == "order_failed");
    BOOST_TEST(events.back()["code"].text() == order["failure"]["code"].text());
    BOOST_TEST(seen.count("payment_authorized") == 0U);
    BOOST_TEST((seen.count("payment_declined") == 1U) ==
               (order["failure"]["code"].text() == "payment_declined"));
  }
}

} // namespace

void deferred_load::prepare(api_client& operators) const {
  for (int i = 0; i < skus; ++i)
    operators.define(sku_name(i), on_hand(i), price);
  for (int i = 0; i < customers; ++i)
    deposit(operators, buyer_name(i), funds(i));
}

void deferred_load::start(std::uint16_t port) {
  moved_to(port);
  for (int index = 0; index < clients; ++index)
    running_.emplace_back([this, index] { send(index); });
}

void deferred_load::join() {
  gives_up_ = true;
  for (auto& each : running_)
    each.join();
  running_.clear();
}

void deferred_load::send(int index) {
  int order = index;
  while (order < orders_ && !gives_up_) {
    try {
      api_client client(port_);
      for (; order < orders_ && !gives_up_; order += clients)
        if (client.post("/orders", body_of(order), headers_of(order)).status != 201)
          break;
    } catch (const std::exception&) {
      // The program is gone for now: the same order is sent again under the same key.
      std::this_thread::yield();
    }
  }
  ++done_;
}

int deferred_load::ended() const {
  try {
    api_client operators(port_);
    return count_of(operators, "processed") + count_of(operators, "failed");
  } catch (const std::exception&) {
    return 0;
  }
}

void deferred_load::await_ended(int count) {
  eventually(
      std::to_string(count) + " orders at their end", [&] { return ended() >= count; }, guard_seconds);
}

void deferred_load::await_all() {
  eventually(
      "the end of the clients", [&] { return done_ == clients; }, guard_seconds);
  join();
  await_ended(orders_);
}

void deferred_load::check_books(api_client& operators) const {
  static const std::set<std::string> reasons{"insufficient_stock", "payment_declined", "injected_failure"};
  std::map<std::string, std::int64_t> sold;
  std::map<std::string, std::int64_t> held;
  std::map<std::string, int> ends;
  const auto orders = operators.list("/orders");
  BOOST_TEST(orders.size() == static_cast<std::size_t>(orders_));
  for (std::size_t i = 0; i < orders.size(); ++i) {
    const auto& order = orders[i];
    BOOST_TEST_CONTEXT(order.minified()) {
      BOOST_TEST(order["saga"].is_null());
      if (i % 50 == 0 || (order["status"].text() == "failed" && i % 10 == 0))
        check_timeline(operators, order);
      if (order["status"].text() == "processed") {
        ++ends["processed"];
        BOOST_TEST(order["payment_status"].text() == "authorized");
        held[order["customer_id"].text()] += order["total_cents"].integer();
        for (const auto& line : order["items"].elements())
          sold[line["sku"].text()] += line["qty"].integer();
      } else {
        BOOST_REQUIRE_EQUAL(order["status"].text(), "failed");
        const auto why = order["failure"]["code"].text();
        ++ends[why];
        BOOST_TEST(reasons.count(why) == 1U);
        BOOST_TEST(!order["failure"]["detail"].text().empty());
      }
    }
  }
  // A load that met only one fate would prove nothing.
  for (const auto* end : {"processed", "insufficient_stock", "payment_declined"})
    BOOST_TEST(ends[end] > 0, end);
  for (int i = 0; i < skus; ++i)
    check_stock(operators, sku_name(i), on_hand(i), sold[sku_name(i)]);
  for (int i = 0; i < customers; ++i) {
    const auto name = buyer_name(i);
    check_account(operators, name, funds(i) - held[name], held[name]);
  }
}

} // namespace orderd::test
