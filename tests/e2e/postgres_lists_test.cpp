#include "tests/e2e/postgres_audit.hpp"

#include <algorithm>
#include <thread>

using namespace orderd::test;

namespace {

bool shows(const api_answer& list, const std::string& id) {
  const auto items = list["items"].elements();
  return std::any_of(items.begin(), items.end(), [&](const auto& each) { return each["id"].text() == id; });
}

/// Creates an order and lists at once, again and again, by both ways in turn. Returns how often the list
/// showed the order; `trouble` gets the first answer that was none.
int create_and_list(const running_orderd& engine, int client, int pairs, std::string& trouble) {
  const auto name = "customer-" + std::to_string(client);
  auto customer = engine.as(name);
  auto operators = engine.as("operator");
  int seen = 0;
  for (int i = 0; i < pairs && trouble.empty(); ++i) {
    const auto made = customer.post("/orders", order_of("WIDGET", 1));
    if (made.status != 201) {
      trouble = made.raw.body;
      break;
    }
    const auto list = i % 2 == 0 ? customer.get("/orders/me?limit=5")
                                 : operators.get("/orders?limit=5&customer_id=" + name);
    if (list.status != 200)
      trouble = list.raw.body;
    else if (shows(list, made["id"].text()))
      ++seen;
  }
  return seen;
}

} // namespace

BOOST_AUTO_TEST_SUITE(postgres_lists)

BOOST_AUTO_TEST_CASE(a_list_right_after_the_answer_shows_the_order_a_thousand_times) {
  constexpr int clients = 8;
  constexpr int pairs = 125;
  const temporary_database database;
  running_orderd engine({}, {"DATABASE_URL=" + database.url(), "ORDERD_LIST_WAIT_MS=60000"});
  engine.api.define("WIDGET", 1'000'000);
  std::vector<int> seen(clients);
  std::vector<std::string> trouble(clients);
  std::vector<std::thread> threads;
  for (int i = 0; i < clients; ++i)
    threads.emplace_back([&, i] {
      const auto at = static_cast<std::size_t>(i);
      try {
        seen[at] = create_and_list(engine, i, pairs, trouble[at]);
      } catch (const std::exception& failure) {
        trouble[at] = failure.what();
      }
    });
  for (auto& each : threads)
    each.join();
  for (std::size_t i = 0; i < clients; ++i) {
    BOOST_TEST(trouble[i] == "");
    BOOST_TEST(seen[i] == pairs);
  }
}

BOOST_AUTO_TEST_SUITE_END()
