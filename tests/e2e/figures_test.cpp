#include "tests/e2e/payment_audit.hpp"
#include "tests/e2e/running_orderd.hpp"
#include "tests/support/postgres_server.hpp"

#include <string>

using namespace orderd::test;

namespace {

/// The value of a figure on the page for Prometheus, with its labels as they are written there.
double figure(std::uint16_t port, const std::string& name) {
  api_client api(port);
  const auto page = api.get("/metrics").raw.body;
  const auto at = page.find('\n' + name + ' ');
  BOOST_REQUIRE_MESSAGE(at != std::string::npos, name << " is not in\n" << page);
  return std::stod(page.substr(at + name.size() + 2));
}

/// An engine over a database server of its own, which can be stopped.
struct engine_and_database {
  temporary_folder folder;
  postgres_server server;
  std::string url = server.create_database("shop");
  orderd_process program{
      folder.path() + "/data", {"--db-connect-timeout-ms", "300"}, {"DATABASE_URL=" + url}};
  api_client api{program.port()};
  api_client bob{program.port(), "bob"};

  [[nodiscard]] double lag() const { return figure(program.port(), "orderd_write_behind_lag_seconds"); }
};

} // namespace

BOOST_AUTO_TEST_SUITE(figures)

BOOST_FIXTURE_TEST_CASE(a_sale_is_told_by_its_results_and_its_heat, running_orderd) {
  const auto told = [this](const std::string& name) { return figure(program.port(), name); };
  api.define("QUIET", 100);
  api.define("SALE", 10);
  auto bob = as("bob");
  BOOST_TEST(bob.post("/stock/QUIET/reservations", R"({"qty":1})").status == 201);
  std::size_t refused = 0;
  for (int i = 0; i < 60; ++i)
    refused += bob.post("/stock/SALE/reservations", R"({"qty":1})").status == 201 ? 0 : 1;
  BOOST_TEST(refused == 50U);
  BOOST_TEST(told("orderd_reservations_total{result=\"granted\"}") == 11);
  BOOST_TEST(told("orderd_reservations_total{result=\"insufficient_stock\"}") == 50);
  BOOST_TEST(told("orderd_mailbox_wait_seconds_count{entity=\"stock\"}") >= 61);
  BOOST_TEST(told("orderd_journal_batch_events_sum") >= 13);
  // They fade by the second, but the second is far behind the first, which was refused the most.
  BOOST_TEST(told("orderd_hot_sku_requests{rank=\"1\"}") > told("orderd_hot_sku_requests{rank=\"2\"}"));
  BOOST_TEST(told("orderd_hot_sku_refusals{rank=\"1\"}") > 0);
  BOOST_TEST(told("orderd_hot_sku_refusals{rank=\"2\"}") == 0);
  BOOST_TEST(told("orderd_hot_sku_requests{rank=\"3\"}") == 0);
  BOOST_TEST(told("orderd_entities_live{kind=\"stock\"}") == 2);
  const auto status = api.get("/status").json();
  BOOST_TEST(status["hot_skus"].elements().at(0)["sku"].text() == "SALE");
  BOOST_TEST(status["hot_skus"].elements().at(0)["refusals"].integer() > 0);
  BOOST_TEST(status["hot_skus"].elements().at(1)["sku"].text() == "QUIET");
  BOOST_TEST(status["reservations"]["insufficient_stock"].integer() == 50);
  BOOST_TEST(status["store"]["transaction"]["counts"].size() ==
             status["store"]["transaction"]["bounds_seconds"].size() + 1);
}

BOOST_FIXTURE_TEST_CASE(the_lag_grows_while_the_database_is_away, engine_and_database) {
  api.define("BOOK", 1'000);
  eventually("a store that has everything", [this] { return lag() == 0; });
  server.stop(postgres_stop::immediate);
  place(bob, "BOOK", 1);
  eventually("a lag", [this] { return lag() > 0; });
  const auto first = lag();
  eventually("more lag, while nothing happens", [&] { return lag() > first + 0.5; });
  place(bob, "BOOK", 1);
  BOOST_TEST(lag() > first, "the oldest event counts, not the latest");
  server.start();
  eventually("a store that has everything again", [this] { return lag() == 0; });
  BOOST_TEST(figure(program.port(), "orderd_backlog_events") == 0);
  BOOST_TEST(figure(program.port(), "orderd_store_batch_events_sum") >= 3);
}

BOOST_AUTO_TEST_CASE(sagas_are_counted_by_step_also_after_a_kill) {
  payment_stand_in service;
  running_orderd engine(paid_by(service));
  engine.api.define("BOOK", 100, 1'250);
  const auto capturing = [&] { return figure(engine.program.port(), "orderd_sagas{step=\"capturing\"}"); };
  const auto id = [&] {
    auto bob = engine.as("bob");
    return place(bob, "BOOK", 1);
  }();
  BOOST_TEST(capturing() == 0);
  {
    auto runner = engine.as("runner-7");
    BOOST_REQUIRE_EQUAL(runner.post("/orders/" + id + "/accept").status, 200);
    service.go_away();
    check_problem(runner.post("/orders/" + id + "/complete"), 503, "payment_unavailable");
  }
  BOOST_TEST(capturing() == 1);
  engine.program.kill();
  engine.program.start();
  BOOST_TEST(capturing() == 1);
  service.come_back();
  eventually("the end of the saga", [&] { return capturing() == 0; });
  api_client api(engine.program.port());
  BOOST_TEST(api.get("/orders/" + id)["status"].text() == "completed");
}

BOOST_AUTO_TEST_SUITE_END()
