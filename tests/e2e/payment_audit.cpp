#include "tests/e2e/payment_audit.hpp"

#include <algorithm>
#include <stdexcept>

namespace orderd::test {
namespace {

using shown_orders = std::map<std::string, json_view>;

/// A wait after which an order that did not get there never will.
constexpr int patience_seconds = 30;

[[nodiscard]] bool holds_units(const std::string& status) {
  return status == "processed" || status == "accepted";
}

struct unit_count {
  std::int64_t left = 0;
  std::int64_t held = 0;
};

[[nodiscard]] std::map<std::string, unit_count> units_of(const shown_orders& orders) {
  std::map<std::string, unit_count> units;
  for (const auto& [id, order] : orders) {
    const auto status = order["status"].text();
    for (const auto& line : order["items"].elements()) {
      auto& of_sku = units[line["sku"].text()];
      of_sku.left += status == "completed" ? line["qty"].integer() : 0;
      of_sku.held += holds_units(status) ? line["qty"].integer() : 0;
    }
  }
  return units;
}

[[nodiscard]] std::size_t count(const booked_payment& payment, payment_verb verb) {
  return static_cast<std::size_t>(std::count_if(payment.effects.begin(), payment.effects.end(),
                                                [&](const auto& each) { return each.verb == verb; }));
}

/// Nothing was done twice to it, and what was done adds up.
void check_payment(const booked_payment& payment) {
  BOOST_TEST(count(payment, payment_verb::authorize) <= 1U);
  BOOST_TEST(count(payment, payment_verb::capture) <= 1U);
  BOOST_TEST(count(payment, payment_verb::cancel) + count(payment, payment_verb::refund) <= 1U);
  BOOST_TEST((payment.captured == 0 || payment.captured == payment.authorized));
  BOOST_TEST((payment.voided == 0 || payment.captured == 0));
  BOOST_TEST(payment.refunded <= payment.captured);
  BOOST_TEST(payment.charged() >= 0);
}

struct service_sums {
  std::int64_t held = 0; ///< authorized, and neither captured nor given back
  std::int64_t paid = 0; ///< captured, and not refunded
  int charges = 0;       ///< payments that the customer lacks something for
};

} // namespace

arguments paid_by(const payment_stand_in& service, const arguments& more) {
  arguments flags{"--payments",         "http", "--payment-service-url",  service.url(),
                  "--interval-seconds", "0",    "--payment-timeout-ms",   "200",
                  "--payment-wait-ms",  "250",  "--payment-retry-max-ms", "50"};
  flags.insert(flags.end(), more.begin(), more.end());
  return flags;
}

arguments paid_inside(const arguments& more) {
  arguments flags{"--payments", "ledger", "--interval-seconds", "0", "--payment-retry-max-ms", "50"};
  flags.insert(flags.end(), more.begin(), more.end());
  return flags;
}

shown_orders ended_sagas(api_client& api) {
  shown_orders orders;
  std::string unfinished;
  const auto all_ended = [&] {
    orders.clear();
    unfinished.clear();
    for (const auto& each : api.list("/orders")) {
      orders.emplace(each["id"].text(), each);
      if (!each["saga"].is_null() || each["status"].text() == "registered")
        unfinished += each.minified() + '\n';
    }
    return unfinished.empty();
  };
  try {
    eventually("an end of all sagas", all_ended, patience_seconds);
  } catch (const std::runtime_error& late) {
    throw std::runtime_error(late.what() + std::string("; there are still\n") + unfinished);
  }
  return orders;
}

void check_stock_of(api_client& api, const shown_orders& orders, const std::vector<std::string>& skus,
                    std::int64_t units) {
  auto expected = units_of(orders);
  for (const auto& sku : skus) {
    const auto& of_sku = expected[sku];
    const auto fits = [&] {
      const auto shown = api.get("/stock/" + sku);
      return shown["on_hand"].integer() == units - of_sku.left && shown["reserved"].integer() == of_sku.held;
    };
    // Units move right after the order that they belong to.
    BOOST_CHECK_NO_THROW(eventually("units that fit the orders", fits, patience_seconds));
    check_stock(api, sku, units - of_sku.left, of_sku.held);
  }
  check_audited(api);
}

void check_service(const payment_stand_in& service, const shown_orders& orders) {
  std::map<std::string, service_sums> sums;
  for (const auto& payment : service.payments()) {
    BOOST_TEST_CONTEXT("payment " << payment.id << " of order " << payment.order_id << ", "
                                  << payment.state) {
      check_payment(payment);
      auto& of_order = sums[payment.order_id];
      of_order.charges += payment.charged() != 0 ? 1 : 0;
      of_order.paid += payment.captured - payment.refunded;
      of_order.held += payment.charged() - (payment.captured - payment.refunded);
      BOOST_TEST((payment.charged() == 0 || orders.count(payment.order_id) == 1));
    }
  }
  for (const auto& [id, order] : orders) {
    BOOST_TEST_CONTEXT(order.minified()) {
      const auto status = order["status"].text();
      const auto total = order["total_cents"].integer();
      const auto& of_order = sums[id];
      BOOST_TEST(of_order.held == (holds_units(status) ? total : 0));
      BOOST_TEST(of_order.paid == (status == "completed" ? total : 0));
      BOOST_TEST(of_order.charges == (holds_units(status) || status == "completed" ? 1 : 0));
    }
  }
}

void check_accounts(api_client& api, const shown_orders& orders,
                    const std::map<std::string, std::int64_t>& deposits,
                    const std::vector<std::string>& runners) {
  std::map<std::string, std::int64_t> balance = deposits;
  std::map<std::string, std::int64_t> held;
  for (const auto& [id, order] : orders) {
    const auto status = order["status"].text();
    const auto total = order["total_cents"].integer();
    const auto buyer = order["customer_id"].text();
    if (holds_units(status) || status == "completed")
      balance[buyer] -= total;
    if (holds_units(status))
      held[buyer] += total;
    if (status == "completed")
      balance[order["runner_id"].text()] += total;
  }
  std::int64_t sum = 0;
  auto names = runners;
  for (const auto& [name, amount] : deposits) {
    sum -= amount;
    names.push_back(name);
  }
  for (const auto& name : names) {
    const auto fits = [&] {
      const auto shown = api.get("/accounts/" + name);
      // The account of a runner begins with the first payout.
      return shown.status == 404 ? balance[name] == 0
                                 : shown["balance_cents"].integer() == balance[name] &&
                                       shown["held_cents"].integer() == held[name];
    };
    BOOST_CHECK_NO_THROW(eventually("money that fits the orders", fits, patience_seconds));
    const auto shown = api.get("/accounts/" + name);
    BOOST_TEST_CONTEXT(name << ": " << shown.raw.body) {
      BOOST_TEST((shown.status == 200 || shown.status == 404));
      if (shown.status != 200)
        continue;
      BOOST_TEST(shown["balance_cents"].integer() == balance[name]);
      BOOST_TEST(shown["held_cents"].integer() == held[name]);
      sum += shown["balance_cents"].integer() + shown["held_cents"].integer();
    }
  }
  BOOST_TEST(sum == 0);
}

} // namespace orderd::test
