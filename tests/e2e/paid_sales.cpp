#include "tests/e2e/paid_sales.hpp"

#include "tests/support/orderd_process.hpp"

#include <boost/test/unit_test.hpp>

#include <stdexcept>

namespace orderd::test {
namespace {

struct server_gone : std::runtime_error {
  server_gone() : std::runtime_error("the server is gone") {}
};

/// The answer, if there is one.
api_answer answered(api_answer answer) {
  if (answer.status == 0)
    throw server_gone();
  return answer;
}

} // namespace

const std::vector<std::string>& paid_sales::skus() {
  static const std::vector<std::string> all{"BOOK", "LAMP"};
  return all;
}

void paid_sales::define_stock(api_client& api) {
  for (const auto& sku : skus())
    api.define(sku, units, 1'250);
}

void paid_sales::run_until_gone(std::uint16_t port) {
  // What is no end of the server shows when the end of its process is waited for.
  try {
    for (;;)
      run_once(port);
  } catch (const std::runtime_error&) {
    return;
  }
}

void paid_sales::run_once(std::uint16_t port) {
  api_client bob(port, "bob");
  api_client poor(port, "poor");
  api_client runner(port, "runner-7");
  poor_ = &poor;
  if (const auto sold = buy(bob, order_of("BOOK", 2)))
    if (change(runner, *sold, "accept", "accepted"))
      change(runner, *sold, "complete", "completed");
  buy(poor, order_of("LAMP", 1));
  if (const auto returned = buy(bob, R"({"items":[{"sku":"BOOK","qty":1},{"sku":"LAMP","qty":3}]})"))
    change(bob, *returned, "cancel", "cancelled");
  if (const auto drafted = create(bob, R"({"items":[{"sku":"LAMP","qty":1}],"status":"draft"})"))
    if (change(bob, *drafted, "place", "processed") && is_processed(bob, *drafted))
      change(bob, *drafted, "cancel", "cancelled");
  buy(bob, order_of("LAMP", 2));
}

std::optional<std::string> paid_sales::buy(api_client& buyer, const std::string& body) {
  auto id = create(buyer, body);
  return id && is_processed(buyer, *id) ? id : std::nullopt;
}

std::optional<std::string> paid_sales::create(api_client& buyer, const std::string& body) {
  const auto made = answered(buyer.post("/orders", body));
  if (made.status != 201) {
    BOOST_TEST_CONTEXT(made.raw.body)
    BOOST_TEST((made.status == 402 || made.status == 503));
    return std::nullopt;
  }
  auto id = made["id"].text();
  auto& order = orders_[id];
  order.status = made["status"].text();
  if (order.status == "registered")
    order.wanted = &buyer == poor_ ? "failed" : "processed";
  return id;
}

bool paid_sales::change(api_client& user, const std::string& id, const std::string& action,
                        const std::string& status) {
  auto& order = orders_.at(id);
  order.wanted = status;
  const auto done = answered(user.post("/orders/" + id + '/' + action));
  if (done.status == 200) {
    order.status = done["status"].text();
    if (order.status != "registered")
      order.wanted.reset();
  }
  // A placement that is refused for now comes to nothing; a completion goes on by itself.
  else if (action == "place")
    order.wanted.reset();
  BOOST_TEST_CONTEXT(done.raw.body)
  BOOST_TEST((done.status == 200 || done.status == 503));
  return done.status == 200;
}

bool paid_sales::is_processed(api_client& buyer, const std::string& id) {
  auto& order = orders_.at(id);
  if (order.status == "registered") {
    eventually("the order's processing", [&] {
      order.status = answered(buyer.get("/orders/" + id))["status"].text();
      return order.status != "registered";
    });
    order.wanted.reset();
  }
  return order.status == "processed";
}

void paid_sales::check(const std::map<std::string, json_view>& shown) {
  for (auto& [id, order] : orders_) {
    BOOST_TEST_CONTEXT("order " << id << ", " << order.status << ", wanted " << order.wanted.value_or("-")) {
      const auto found = shown.find(id);
      BOOST_REQUIRE(found != shown.end());
      const auto status = found->second["status"].text();
      BOOST_TEST((status == order.status || status == order.wanted));
      order = {status, {}};
    }
  }
}

} // namespace orderd::test
