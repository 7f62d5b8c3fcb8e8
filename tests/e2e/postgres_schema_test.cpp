#include "tests/e2e/postgres_orderd.hpp"
#include "tests/support/million_orders.hpp"

#include <chrono>
#include <iostream>
#include <string>

using namespace orderd::test;

namespace {

const header_lines stored{"Prefer: durability=store"};

/// The same server under another role's name.
std::string as_role(std::string url, const std::string& role) {
  return url.replace(url.find("postgres@"), std::string("postgres@").size(), role + "@");
}

/// A role that may read and write rows and nothing else, for the time of a scope.
struct teller {
  explicit teller(const temporary_database& of) : database(of) {
    shared_postgres().query("CREATE ROLE teller LOGIN");
  }
  ~teller() {
    database.query("DROP OWNED BY teller");
    shared_postgres().query("DROP ROLE teller");
  }

  void grant_rows(const std::string& schema) const {
    database.query("GRANT USAGE ON SCHEMA " + schema +
                   " TO teller;GRANT SELECT, INSERT, UPDATE, DELETE "
                   "ON ALL TABLES IN SCHEMA " +
                   schema + " TO teller");
  }

  const temporary_database& database;
  std::string url = as_role(database.url(), "teller");
};

/// A server that only this case talks to, so that what it counts is the program's.
struct large_shop {
  large_shop() : server({.parent = {}, .settings = settings_for_many_rows()}) {
    url = server.create_database("large");
    for (const auto& each : {url, server.create_database("empty")})
      BOOST_REQUIRE_EQUAL(
          run_orderd({"--migrate", "--data-dir", folder.path()}, {"DATABASE_URL=" + each}).exit_status, 0);
    load_million_orders(url);
    load_reservations(url, products, ended_reservations);
  }

  /// What was read of the tables that grow with orders. A session tells that when it ends.
  [[nodiscard]] text_rows counts() const {
    eventually("an end of all sessions", [this] {
      return server.value("SELECT count(*) FROM pg_stat_activity WHERE datname = 'large'") == "0";
    });
    return server.query("SELECT relname, seq_scan, seq_tup_read, idx_scan, idx_tup_fetch FROM "
                        "pg_stat_user_tables WHERE relname IN ('order_items', 'events') "
                        "ORDER BY relname",
                        "large");
  }

  /// The rows that were read of a table so far; to be asked after `counts`.
  [[nodiscard]] long rows_read(const std::string& table) const {
    return std::stol(server.value(
        "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_user_tables WHERE relname = '" + table + '\'',
        "large"));
  }

  /// Until requests are taken. Goes on until so many items are awake.
  [[nodiscard]] long start_ms(const std::string& database, int awake) const {
    const temporary_folder own;
    const auto begin = std::chrono::steady_clock::now();
    // The processor learns of the registered ones, and leaves them alone here.
    orderd_process program(own.path() + "/data", {"--interval-seconds", "86400"},
                           {"DATABASE_URL=" + server.url(database)});
    const auto span = std::chrono::steady_clock::now() - begin;
    api_client api(program.port());
    eventually("all items to be awake",
               [&] { return api.get("/health")["live_entities"].integer() == awake; });
    BOOST_TEST(program.stop() == 0);
    return std::chrono::duration_cast<std::chrono::milliseconds>(span).count();
  }

  static constexpr int products = 2'000; ///< each with an active reservation
  static constexpr int ended_reservations = 100'000;

  temporary_folder folder;
  postgres_server server;
  std::string url;
};

} // namespace

BOOST_AUTO_TEST_SUITE(postgres_schema)

BOOST_AUTO_TEST_CASE(a_schema_of_a_newer_program_is_refused_with_both_numbers) {
  postgres_orderd engine;
  engine.api.define("ANVIL", 10);
  BOOST_TEST(engine.program.stop() == 0);
  const auto known = engine.value("SELECT max(version) FROM schema_migrations");
  engine.database.query("INSERT INTO schema_migrations VALUES (4711, 'of a later program')");
  const auto run = run_orderd({"--data-dir", engine.program.data_dir(), "--port", "0"},
                              {"DATABASE_URL=" + engine.database.url()});
  BOOST_TEST_CONTEXT(run.errors) {
    BOOST_TEST(run.exit_status == 1);
    BOOST_TEST(holds(run.errors, "has number 4711, this program knows numbers up to " + known));
  }
  engine.database.query("DELETE FROM schema_migrations WHERE version = 4711");
  engine.program.start();
  api_client again(engine.program.port());
  check_stock(again, "ANVIL", 10, 0);
}

BOOST_AUTO_TEST_CASE(a_role_without_rights_to_change_tables_sells_over_a_schema_made_before) {
  temporary_database database;
  const teller role(database);
  temporary_folder folder;
  const environment owner{"DATABASE_URL=" + database.url(), "DB_SCHEMA=the_shop"};
  for (int times = 0; times < 2; ++times) {
    const auto run = run_orderd({"--migrate", "--data-dir", folder.path() + "/none"}, owner);
    BOOST_TEST_CONTEXT(run.errors)
    BOOST_TEST(run.exit_status == 0);
  }
  BOOST_TEST(database.value("SELECT count(*) FROM the_shop.node") == "1");
  role.grant_rows("the_shop");
  BOOST_CHECK_THROW(query_postgres(role.url, "CREATE TABLE the_shop.mine ()"), std::runtime_error);
  orderd_process program(folder.path() + "/data", {}, {"DATABASE_URL=" + role.url, "DB_SCHEMA=the_shop"});
  api_client api(program.port());
  api.define("ANVIL", 10);
  api_client bob(program.port(), "bob");
  BOOST_TEST(bob.post("/orders", order_of("ANVIL", 1), stored).status == 201);
  BOOST_TEST(database.value("SELECT count(*) FROM the_shop.orders") == "1");
  BOOST_TEST(database.value("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == "0");
  BOOST_TEST(program.stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_start_does_not_read_a_million_orders) {
  const large_shop shop;
  const auto registered =
      std::stol(shop.server.value("SELECT count(*) FROM orders WHERE status = 'registered'", "large"));
  const auto before = shop.counts();
  BOOST_REQUIRE_EQUAL(before.size(), 2U);
  const auto orders_before = shop.rows_read("orders");
  const auto products_before = shop.rows_read("products");
  const auto reservations_before = shop.rows_read("reservations");
  const auto large_ms = shop.start_ms("large", large_shop::products);
  BOOST_TEST((shop.counts() == before));
  // Those that the processor has to attend to, and no others.
  BOOST_TEST(shop.rows_read("orders") - orders_before <= 2 * registered);
  const auto products_read = shop.rows_read("products") - products_before;
  const auto reservations_read = shop.rows_read("reservations") - reservations_before;
  std::cout << "ready over a million orders after " << large_ms << " ms, over none after "
            << shop.start_ms("empty", 0) << " ms\n"
            << "read " << products_read << " products and " << reservations_read << " reservations\n";
  // Each product for the catalogue and when its item wakes; each active reservation then, and the buyers'
  // third also for the next deadline.
  BOOST_TEST(products_read >= 2 * large_shop::products);
  BOOST_TEST(products_read <= 2 * large_shop::products + 100);
  BOOST_TEST(reservations_read >= large_shop::products);
  BOOST_TEST(reservations_read <= 2 * large_shop::products);
  const temporary_folder own;
  orderd_process program(own.path() + "/data", {"--interval-seconds", "86400"}, {"DATABASE_URL=" + shop.url});
  api_client api(program.port());
  const auto id = shop.server.value("SELECT id FROM orders ORDER BY id OFFSET 500000 LIMIT 1", "large");
  const auto shown = api.get("/orders/" + id);
  BOOST_TEST(shown.status == 200, shown.raw.body);
  BOOST_TEST(shown["id"].text() == id);
  const auto page = api.get("/orders?customer_id=whale&limit=20");
  BOOST_TEST_CONTEXT(page.raw.body) {
    BOOST_REQUIRE_EQUAL(page.status, 200);
    BOOST_TEST(page["items"].size() == 20U);
    BOOST_TEST(page["items"].at(0)["customer_id"].text() == "whale");
  }
  BOOST_TEST(program.stop() == 0);
  BOOST_TEST((shop.counts() != before), "what is read is counted");
}

BOOST_AUTO_TEST_SUITE_END()
