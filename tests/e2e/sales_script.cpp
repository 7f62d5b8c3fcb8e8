#include "tests/e2e/sales_script.hpp"

#include "tests/support/postgres_server.hpp"

#include <array>
#include <set>
#include <stdexcept>
#include <utility>

namespace orderd::test {
namespace {

constexpr std::int64_t units = 1'000'000;
constexpr std::array<const char*, 3> skus = {"ORD-0", "ORD-1", "RES-0"};
/// Enough of them to fill segments of the journal in a few rounds.
constexpr int large_orders = 12;

struct server_gone : std::runtime_error {
  server_gone() : std::runtime_error("the server is gone") {}
};

/// The answer, which must be of success unless there is none.
json_view granted(const api_answer& answer) {
  if (answer.status == 0)
    throw server_gone();
  BOOST_TEST_CONTEXT(answer.raw.body)
  BOOST_REQUIRE(answer.status == 200 || answer.status == 201);
  return answer.json();
}

std::string order_of_two() { return R"({"items":[{"sku":"ORD-1","qty":1},{"sku":"ORD-0","qty":3}]})"; }

std::string large_order() {
  return R"({"items":[{"sku":"ORD-0","qty":1}],"metadata":{"p":")" + std::string(15'000, 'p') + "\"}}";
}

} // namespace

void sales_script::define_stock(api_client& api) {
  for (const auto* sku : skus)
    api.define(sku, units);
}

void sales_script::run_until_gone(std::uint16_t port) {
  // What is no end of the server shows when the end of its process is waited for.
  try {
    for (;;) {
      run_once(port);
      // A list waits until the store has everything: a moment after which it may be checkpointed.
      granted(api_client(port).get("/orders?limit=1"));
    }
  } catch (const std::runtime_error&) {
    return;
  }
}

void sales_script::run_once(std::uint16_t port) {
  api_client bob(port, "bob");
  api_client mallory(port, "mallory");
  api_client runner(port, "runner-7");
  const auto completed = create(bob, order_of("ORD-0", 2));
  change(runner, completed, "/accept", "accepted");
  const auto refused = create(mallory, order_of("ORD-1", 1));
  change(runner, completed, "/complete", "completed");
  reserve(bob, "RES-0");
  change(bob, create(bob, order_of_two()), "/cancel", "cancelled");
  end(bob, reserve(bob, "RES-0"), "committed");
  change(mallory, refused, "/cancel", "cancelled");
  end(bob, reserve(bob, "RES-0"), "released");
  claim(bob, "ORD-1");
  create(mallory, order_of_two());
  for (int i = 0; i < large_orders; ++i)
    create(bob, large_order());
}

std::string sales_script::create(api_client& buyer, const std::string& body) {
  ++creations_in_flight_;
  const auto made = granted(buyer.post("/orders", body));
  --creations_in_flight_;
  auto path = "/orders/" + made["id"].text();
  orders_[path] = {made.minified(), {}};
  return path;
}

void sales_script::change(api_client& user, const std::string& path, const std::string& action,
                          const std::string& status) {
  orders_[path].wanted = status;
  const auto changed = granted(user.post(path + action));
  BOOST_TEST(changed["status"].text() == status);
  orders_[path] = {changed.minified(), {}};
}

std::string sales_script::reserve(api_client& buyer, const std::string& sku) {
  ++reservations_in_flight_;
  const auto made =
      granted(buyer.post("/stock/" + sku + "/reservations", R"({"qty":2,"ttl_seconds":86400})"));
  --reservations_in_flight_;
  auto path = "/stock/" + sku + "/reservations/" + made["id"].text();
  reservations_[path] = {"active", {}};
  return path;
}

void sales_script::end(api_client& buyer, const std::string& path, const std::string& state) {
  reservations_[path].wanted = state;
  granted(state == "committed" ? buyer.post(path + "/commit") : buyer.remove(path));
  reservations_[path] = {state, {}};
}

void sales_script::claim(api_client& buyer, const std::string& sku) {
  const auto path = reserve(buyer, sku);
  create(buyer, "{\"reservations\":[{\"sku\":\"" + sku + "\",\"id\":\"" + path.substr(path.rfind('/') + 1) +
                    "\"}]}");
}

void sales_script::check_and_adopt(api_client& api, const std::string& url) {
  adopt_unknown_orders(api);
  check_shown_orders(api);
  check_reservations(api);
  check_unclaimed(api, url);
  for (const auto& row : query_postgres(url, "SELECT sku, received, adjusted_out FROM products"))
    BOOST_TEST((row[1] == std::to_string(units) && row[2] == "0"), "units came or went with " << row[0]);
}

/// Lists show each order once, and at most those that nobody was told of which were being made.
void sales_script::adopt_unknown_orders(api_client& api) {
  std::size_t unknown = 0;
  std::set<std::string> shown;
  for (const auto& each : api.list("/orders")) {
    const auto path = "/orders/" + each["id"].text();
    BOOST_TEST(shown.insert(path).second, "an order is listed twice");
    if (orders_.try_emplace(path, known_order{each.minified(), {}}).second)
      ++unknown;
  }
  BOOST_TEST(shown.size() == orders_.size());
  BOOST_TEST(unknown <= std::exchange(creations_in_flight_, 0), "orders that nobody asked for");
}

void sales_script::check_shown_orders(api_client& api) {
  for (auto& [path, known] : orders_) {
    BOOST_TEST_CONTEXT(path << " acknowledged as " << known.body) {
      const auto answer = api.get(path);
      BOOST_REQUIRE_EQUAL(answer.status, 200);
      const auto now = answer.json();
      const auto before = json_view::parse(known.body);
      const bool is_as_wanted = known.wanted && now["status"].text() == *known.wanted &&
                                now["version"].integer() == before["version"].integer() + 1;
      BOOST_TEST((is_as_wanted || now.minified() == known.body), "it is " << now.minified());
      known = {now.minified(), {}};
    }
  }
}

void sales_script::check_reservations(api_client& api) {
  for (auto& [path, known] : reservations_) {
    BOOST_TEST_CONTEXT(path << " acknowledged as " << known.state) {
      const auto answer = api.get(path);
      BOOST_REQUIRE_EQUAL(answer.status, 200);
      const auto now = answer["state"].text();
      BOOST_TEST((now == known.state || now == known.wanted), "it is " << now);
      known = {now, {}};
    }
  }
}

/// Reservations without an order that nobody was told of: at most the one that was being made.
void sales_script::check_unclaimed(api_client& api, const std::string& url) {
  std::size_t unknown = 0;
  for (const auto& row :
       query_postgres(url, "SELECT sku, id FROM reservations WHERE state = 'active' AND order_id IS NULL")) {
    const auto path = "/stock/" + row[0] + "/reservations/" + row[1];
    if (reservations_.contains(path))
      continue;
    ++unknown;
    BOOST_TEST(api.get(path)["state"].text() == "active");
    reservations_[path] = {"active", {}};
  }
  BOOST_TEST(unknown <= std::exchange(reservations_in_flight_, 0), "reservations that nobody asked for");
}

} // namespace orderd::test
