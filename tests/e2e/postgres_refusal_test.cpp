#include "tests/e2e/postgres_audit.hpp"
#include "tests/support/tcp_gate.hpp"

#include <set>

using namespace orderd::test;

namespace {

constexpr auto constraint = "nobody_sells_to_mallory";
constexpr std::int64_t units = 2'000;

struct picky_database {
  picky_database() {
    api.define("WIDGET", units);
    wait_for_store(api);
    database.query(std::string("ALTER TABLE orders ADD CONSTRAINT ") + constraint +
                   " CHECK (customer_id NOT LIKE 'mallory%')");
  }

  void accept_all() { database.query(std::string("ALTER TABLE orders DROP CONSTRAINT ") + constraint); }

  [[nodiscard]] std::string count(const std::string& what) const {
    return database.value("SELECT count(*) FROM " + what);
  }

  /// What the probe, the figures and the database itself say of events aside.
  void check_aside(std::int64_t events, std::int64_t entities) {
    api_client again(engine.program.port());
    const auto ready = again.get("/health/ready");
    BOOST_TEST_CONTEXT(ready.raw.body) {
      BOOST_TEST(ready.status == 200);
      BOOST_TEST((ready["degraded"].minified() == (events > 0 ? R"(["events_aside"])" : "[]")));
      const auto store = ready["store"];
      BOOST_TEST(store["events_aside"].integer() == events);
      BOOST_TEST(store["entities_aside"].integer() == entities);
      if (events > 0)
        BOOST_TEST(store["aside_reason"].text().find(constraint) != std::string::npos);
      else
        BOOST_TEST(store["aside_reason"].is_null());
    }
    const auto figures = again.get("/metrics").raw.body;
    BOOST_TEST_CONTEXT(figures) {
      for (const auto& line : {"\norderd_store_events_aside " + std::to_string(events) + '\n',
                               "\norderd_store_entities_aside " + std::to_string(entities) + '\n'})
        BOOST_TEST(figures.find(line) != std::string::npos);
    }
    BOOST_TEST(count("events_aside") == std::to_string(events));
    BOOST_TEST(count(std::string("events_aside WHERE reason LIKE '%") + constraint + "%'") ==
               std::to_string(entities));
  }

  [[nodiscard]] std::string url_by_gate() const {
    return "postgresql://postgres@127.0.0.1:" + std::to_string(gate.port()) + '/' + database.name();
  }

  /// The orders that have events aside.
  [[nodiscard]] std::set<std::string> orders_aside() const {
    std::set<std::string> ids;
    for (const auto& row : database.query("SELECT encode(entity, 'hex')::uuid FROM events_aside"))
      ids.insert(row.at(0));
    return ids;
  }

  temporary_database database;
  tcp_gate gate{shared_postgres().port()};
  running_orderd engine{{}, {"DATABASE_URL=" + url_by_gate()}};
  api_client& api = engine.api;
  api_client mallory = engine.as("mallory");
  api_client bob = engine.as("bob");
};

} // namespace

BOOST_AUTO_TEST_SUITE(postgres_refusal)

BOOST_FIXTURE_TEST_CASE(an_order_that_the_database_refuses_is_sold_kept_aside_and_stored_when_it_may,
                        picky_database) {
  const auto first = place(bob, "WIDGET", 1);
  const auto refused = place(mallory, "WIDGET", 2);
  for (int i = 0; i < 50; ++i)
    place(bob, "WIDGET", 1);
  wait_for_store(api);
  check_aside(1, 1);
  BOOST_TEST(count("orders") == "51");
  BOOST_TEST(engine.program.log().find("the store refused an event, which was set aside") !=
             std::string::npos);
  BOOST_TEST(engine.program.log().find(constraint) != std::string::npos);

  // It lives on, and what happens to it later waits behind.
  BOOST_TEST(mallory.get("/orders/" + refused)["status"].text() == "processed");
  BOOST_REQUIRE(engine.as("operator").post("/orders/" + refused + "/cancel").status == 200);
  BOOST_REQUIRE(bob.post("/orders/" + first + "/cancel").status == 200);
  wait_for_store(api);
  check_aside(2, 1);
  BOOST_TEST(stored_orders(database.url())[first].status == "cancelled");

  // A start tries again, in vain so far.
  engine.program.kill();
  engine.program.start();
  check_aside(2, 1);
  const auto shown = api_client(engine.program.port(), "mallory").get("/orders/" + refused);
  BOOST_TEST(shown["status"].text() == "cancelled");

  accept_all();
  BOOST_TEST(engine.program.stop() == 0);
  engine.program.start();
  check_aside(0, 0);
  const auto stored = stored_orders(database.url());
  BOOST_TEST(stored.size() == 52U);
  BOOST_TEST(stored.at(refused).customer_id == "mallory");
  BOOST_TEST(stored.at(refused).status == "cancelled");
  api_client again(engine.program.port());
  BOOST_TEST(again.get("/orders/" + refused).raw.body == shown.raw.body);
  check_tables(database.url(), again);
}

BOOST_FIXTURE_TEST_CASE(many_refused_orders_among_many_good_ones_are_aside_and_only_they, picky_database) {
  constexpr int good_orders = 1'000;
  constexpr int refused_orders = 50;
  std::set<std::string> good;
  std::set<std::string> refused;
  gate.stall();
  for (int i = 0; i < good_orders; ++i) {
    good.insert(place(bob, "WIDGET", 1));
    // Next to each other and apart, so that halves have none, some and many of them.
    if (const int at = i % 100; at == 0 || at == 1 || at == 2 || at == 40 || at == 77) {
      auto buyer = engine.as("mallory-" + std::to_string(refused.size()));
      refused.insert(place(buyer, "WIDGET", 1));
    }
  }
  BOOST_TEST(refused.size() == std::size_t{refused_orders});
  BOOST_TEST(count("orders") == "0");
  gate.open();
  wait_for_store(api);
  check_aside(refused_orders, refused_orders);
  BOOST_TEST((orders_aside() == refused));
  const auto stored = stored_orders(database.url());
  BOOST_TEST(stored.size() == good.size());
  for (const auto& id : good)
    BOOST_TEST(stored.contains(id), "a good order is not stored: " << id);
  check_stock(api, "WIDGET", units, good_orders + refused_orders);

  // The engine and its database go on.
  good.insert(place(bob, "WIDGET", 1));
  wait_for_store(api);
  BOOST_TEST(count("orders") == std::to_string(good.size()));

  accept_all();
  BOOST_TEST(engine.program.stop() == 0);
  engine.program.start();
  check_aside(0, 0);
  const auto all = stored_orders(database.url());
  BOOST_TEST(all.size() == good.size() + refused.size());
  for (const auto& id : refused)
    BOOST_TEST(all.contains(id), "an order is still not stored: " << id);
  api_client again(engine.program.port());
  check_tables(database.url(), again);
}

BOOST_AUTO_TEST_SUITE_END()
