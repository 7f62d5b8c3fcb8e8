#include "tests/e2e/deferred_load.hpp"
#include "tests/support/postgres_server.hpp"

#include <string>

using namespace orderd::test;

namespace {

environment deferred(environment more) {
  for (const auto* each : {"ORDER_PLACEMENT=deferred", "ERROR_RATE=0.3", "PAYMENTS=ledger"})
    more.emplace_back(each);
  return more;
}

/// The value of the counter, summed over its steps.
std::int64_t injected_errors(api_client& operators) {
  const auto text = operators.get("/metrics").raw.body;
  std::int64_t sum = 0;
  for (const auto* step : {"reserve", "update"}) {
    const auto series = "orderd_injected_errors_total{step=\"" + std::string(step) + "\"} ";
    const auto at = text.find(series);
    BOOST_REQUIRE(at != std::string::npos);
    const auto value = std::stoll(text.substr(at + series.size()));
    BOOST_TEST(value > 0, step);
    sum += value;
  }
  return sum;
}

void kill_and_start(orderd_process& program, deferred_load& load) {
  program.kill();
  program.start();
  load.moved_to(program.port());
}

} // namespace

BOOST_AUTO_TEST_SUITE(deferred_orders)

BOOST_AUTO_TEST_CASE(every_order_ends_and_the_books_are_exact_after_three_kills) {
  constexpr int orders = 2'000;
  running_orderd engine({}, deferred({"INTERVAL_SECONDS=0"}));
  deferred_load load(orders);
  load.prepare(engine.api);
  load.start(engine.program.port());
  for (const int progress : {orders / 20, orders / 4, orders / 2}) {
    load.await_ended(progress);
    kill_and_start(engine.program, load);
  }
  load.await_all();
  auto operators = engine.as("operator");
  load.check_books(operators);
  BOOST_TEST(injected_errors(operators) > 0);
  BOOST_TEST(operators.list("/orders?stuck=true").empty());
  BOOST_TEST(operators.list("/orders/status/registered").empty());
}

BOOST_AUTO_TEST_CASE(the_interval_brings_every_order_to_its_end) {
  running_orderd engine({}, deferred({"INTERVAL_SECONDS=1"}));
  deferred_load load(100);
  load.prepare(engine.api);
  load.start(engine.program.port());
  load.await_all();
  load.check_books(engine.api);
}

BOOST_AUTO_TEST_CASE(the_same_holds_over_postgresql_when_either_side_is_killed) {
  constexpr int orders = 300;
  postgres_server server;
  const auto url = server.create_database("deferred");
  running_orderd engine({}, deferred({"INTERVAL_SECONDS=0", "DATABASE_URL=" + url}));
  deferred_load load(orders);
  load.prepare(engine.api);
  load.start(engine.program.port());
  load.await_ended(orders / 10);
  server.kill();
  server.start();
  load.await_ended(orders / 3);
  kill_and_start(engine.program, load);
  load.await_all();
  auto operators = engine.as("operator");
  load.check_books(operators);
  // The store may still be behind what is answered.
  eventually("the store's own books", [&] {
    return server.value("SELECT count(*) FROM orders WHERE status IN ('processed', 'failed')", "deferred") ==
               std::to_string(orders) &&
           server.value("SELECT balanced FROM ledger_check", "deferred") == "t";
  });
  BOOST_TEST(server.value("SELECT coalesce(sum(held_cents), 0) = (SELECT coalesce(sum(total_cents), 0) FROM "
                          "orders WHERE status = 'processed') FROM accounts",
                          "deferred") == "t");
}

BOOST_AUTO_TEST_SUITE_END()
