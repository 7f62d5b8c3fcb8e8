#include "tests/e2e/order_load.hpp"

#include "tests/e2e/load_client.hpp"

namespace orderd::test {
namespace {

struct levels {
  std::int64_t on_hand = 0;
  std::int64_t reserved = 0;

  bool operator==(const levels&) const = default;
};

/// What the item shows. `available` is checked on the way.
levels levels_of(api_client& api, const std::string& sku) {
  const auto shown = api.get("/stock/" + sku).json();
  const levels now{shown["on_hand"].integer(), shown["reserved"].integer()};
  if (shown["available"].integer() != now.on_hand - now.reserved || now.reserved < 0 || now.on_hand < 0)
    throw std::runtime_error("levels that do not add up: " + shown.minified());
  return now;
}

} // namespace

void order_load::define_stock(api_client& api) {
  for (int i = 0; i < skus; ++i) {
    api.define("ORD-" + std::to_string(i), units);
    api.define("RES-" + std::to_string(i), units);
  }
}

void order_load::start(std::uint16_t port) {
  ++round_;
  answers_ = 0;
  for (std::size_t i = 0; i < books_.size(); ++i)
    running_.emplace_back([this, i, port] {
      load_client client(port, seed_ * 1'000'000 + round_ * 1'000 + i, books_[i], answers_);
      client.run({rules_.never_refused, i < rules_.buyers});
    });
}

void order_load::wait_for_answers(std::uint64_t count) const {
  eventually("the answers of this round", [&] { return answers_ >= count; });
}

void order_load::join() {
  for (auto& each : running_)
    each.join();
  running_.clear();
}

void order_load::check_and_adopt(std::uint16_t port) {
  api_client api(port);
  shown_orders shown;
  for (const auto& each : api.list("/orders"))
    BOOST_TEST(shown.emplace(each["id"].text(), each).second, "an order is listed twice");
  for (auto& book : books_) {
    for (const auto& each : book.surprises)
      BOOST_ERROR("a surprising answer: " << each);
    book.surprises.clear();
    for (auto& [id, booked] : book.orders) {
      const auto found = shown.find(id);
      BOOST_TEST_CONTEXT("order " << id)
      BOOST_REQUIRE_MESSAGE(found != shown.end(), "an acknowledged order is lost: " << booked.body);
      check_order(id, booked, found->second);
    }
  }
  adopt_unknown(shown);
  check_stock_of_orders(api, shown);
  check_reservations(api);
}

std::set<std::string> order_load::statuses() const {
  std::set<std::string> seen;
  for (const auto& book : books_)
    for (const auto& [id, order] : book.orders)
      seen.insert(order.status);
  return seen;
}

void order_load::check_order(const std::string& id, booked_order& booked, const json_view& shown) {
  const auto version = shown["version"].integer();
  const auto status = shown["status"].text();
  BOOST_TEST_CONTEXT("order " << id << " acknowledged as " << booked.body << " is " << shown.minified()) {
    if (version == booked.version) {
      BOOST_TEST(shown.minified() == booked.body);
    } else {
      BOOST_REQUIRE(booked.in_flight.has_value());
      BOOST_TEST(version == booked.version + 1);
      BOOST_TEST(status == *booked.in_flight);
    }
  }
  booked = {version, status, shown.minified(), {}};
}

/// Orders that nobody was told of: at most the ones that were being created.
void order_load::adopt_unknown(const shown_orders& shown) {
  std::uint64_t allowed = 0;
  std::uint64_t unknown = 0;
  for (auto& book : books_)
    allowed += std::exchange(book.creations_in_flight, 0);
  for (const auto& [id, order] : shown) {
    bool known = false;
    for (const auto& book : books_)
      known = known || book.orders.contains(id);
    if (known)
      continue;
    books_[unknown++ % books_.size()].orders[id] = {
        order["version"].integer(), order["status"].text(), order.minified(), {}};
  }
  BOOST_TEST(unknown <= allowed);
}

void order_load::check_stock_of_orders(api_client& api, const shown_orders& shown) {
  std::map<std::string, levels> expected;
  for (int i = 0; i < skus; ++i)
    expected["ORD-" + std::to_string(i)] = {units, 0};
  for (const auto& [id, order] : shown) {
    const auto status = order["status"].text();
    for (const auto& line : order["items"].elements()) {
      auto& of_sku = expected[line["sku"].text()];
      if (status == "processed" || status == "accepted")
        of_sku.reserved += line["qty"].integer();
      else if (status == "completed")
        of_sku.on_hand -= line["qty"].integer();
    }
  }
  for (const auto& [sku, wanted] : expected) {
    levels now;
    BOOST_TEST_CONTEXT(sku) {
      // What a crash left open between an order and its stock may still be on its way.
      BOOST_CHECK_NO_THROW(eventually(
          "stock that fits the orders",
          [&] {
            now = levels_of(api, sku);
            return now == wanted;
          },
          20));
      BOOST_TEST(now.on_hand == wanted.on_hand);
      BOOST_TEST(now.reserved == wanted.reserved);
    }
  }
}

void order_load::check_reservations(api_client& api) {
  std::int64_t reserved_max = 0;
  std::int64_t reserved_min = 0;
  std::int64_t on_hand = skus * units;
  for (auto& book : books_) {
    for (auto at = book.reservations.begin(); at != book.reservations.end();) {
      auto& [id, booked] = *at;
      const auto shown = api.get("/stock/" + booked.sku + "/reservations/" + id);
      const bool is_active = shown.status == 200 && shown["state"].text() == "active";
      BOOST_TEST((is_active || booked.in_flight), "a reservation is lost: " << id << ' ' << shown.raw.body);
      if (is_active) {
        BOOST_TEST(shown["qty"].integer() == booked.qty);
        booked.in_flight.reset();
        reserved_min += booked.qty;
        ++at;
      } else {
        if (booked.in_flight == "commit")
          book.units_committed += booked.qty;
        at = book.reservations.erase(at);
      }
    }
    reserved_max += book.units_in_flight;
    on_hand -= book.units_committed;
  }
  reserved_max += reserved_min;
  levels total;
  for (int i = 0; i < skus; ++i) {
    const auto now = levels_of(api, "RES-" + std::to_string(i));
    total.on_hand += now.on_hand;
    total.reserved += now.reserved;
  }
  BOOST_TEST(total.on_hand == on_hand);
  BOOST_TEST(total.reserved >= reserved_min);
  BOOST_TEST(total.reserved <= reserved_max);
}

} // namespace orderd::test
