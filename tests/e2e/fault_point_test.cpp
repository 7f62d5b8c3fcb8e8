#include "config/fault_point.hpp"
#include "tests/e2e/postgres_audit.hpp"
#include "tests/e2e/sales_script.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include <filesystem>
#include <string>

using namespace orderd::test;

namespace {

constexpr int killed = 128 + 9;

/// Small batches, so that one kill falls between many.
const arguments small_batches{"--store-batch-events-max", "16", "--store-batch-latency-ms", "1"};
/// The store stays behind the journal for longer than a case takes.
const arguments slow_store{"--store-batch-events-max", "16", "--store-batch-latency-ms", "10000"};

/// A shop that has been opened once: the data folder and the database that cases copy.
struct opened_shop {
  opened_shop() {
    orderd_process program(data_dir, {}, {"DATABASE_URL=" + database.url()});
    api_client api(program.port());
    sales_script::define_stock(api);
    database.query("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
                   "$$ BEGIN RAISE EXCEPTION 'not in this house'; END $$;"
                   "CREATE TRIGGER refusal BEFORE INSERT OR UPDATE ON orders FOR EACH ROW "
                   "WHEN (NEW.customer_id = 'mallory') EXECUTE FUNCTION refuse()");
    BOOST_REQUIRE_EQUAL(program.stop(), 0);
  }

  static const opened_shop& get() {
    static const opened_shop made;
    return made;
  }

  temporary_folder folder;
  std::string data_dir = folder.path() + "/data";
  temporary_database database;
};

/// A copy of it, of a case's own.
struct rehearsed_shop {
  rehearsed_shop() {
    const auto& original = opened_shop::get();
    std::filesystem::copy(original.data_dir, data_dir, std::filesystem::copy_options::recursive);
    shared_postgres().drop_database(name);
    shared_postgres().query("CREATE DATABASE " + name + " TEMPLATE " + original.database.name());
  }
  ~rehearsed_shop() { shared_postgres().drop_database(name); }

  [[nodiscard]] environment variables(const std::string& fault = {}) const {
    environment all{"DATABASE_URL=" + url};
    if (!fault.empty())
      all.push_back("ORDERD_TEST_FAULT_POINT=" + fault);
    return all;
  }
  [[nodiscard]] std::string value(const std::string& sql) const { return shared_postgres().value(sql, name); }
  void refuse_mallory(bool refuses) const {
    shared_postgres().query(
        std::string("ALTER TABLE orders ") + (refuses ? "ENABLE" : "DISABLE") + " TRIGGER refusal", name);
  }

  /// Sells until the fault ends the process.
  void sell_until_killed(const std::string& fault) {
    orderd_process program(data_dir, small_batches, variables(fault));
    script.run_until_gone(program.port());
    BOOST_REQUIRE_EQUAL(program.wait_for_end(), killed);
  }

  /// A start shows everything that was answered, also while the database refuses part of it; a start after
  /// that brings it all into the tables.
  void check_exact() {
    if (value("SELECT count(*) FROM events_aside") != "0")
      check_with_some_aside();
    refuse_mallory(false);
    orderd_process program(data_dir, small_batches, variables());
    api_client api(program.port());
    wait_for_store(api);
    script.check_and_adopt(api, url);
    check_tables(url, api);
    BOOST_TEST(value("SELECT count(*) FROM events_aside") == "0");
    eventually("an end of all obligations", [&] { return value("SELECT count(*) FROM obligations") == "0"; });
    BOOST_TEST(value("SELECT count(*) FROM orders") == std::to_string(script.orders()));
    refuse_mallory(true);
  }

  void check_with_some_aside() {
    orderd_process program(data_dir, small_batches, variables());
    api_client api(program.port());
    wait_for_store(api);
    BOOST_TEST(api.get("/health")["store"]["events_aside"].integer() ==
               std::stoll(value("SELECT count(*) FROM events_aside")));
    BOOST_TEST(value("SELECT (SELECT count(*) FROM events) + (SELECT count(*) FROM events_aside) = "
                     "(SELECT applied_seq FROM node)") == "t");
    script.check_shown_orders(api);
  }

  temporary_folder folder;
  std::string data_dir = folder.path() + "/data";
  std::string name = "rehearsed";
  std::string url = shared_postgres().url(name);
  sales_script script;
};

/// The places that a start passes when it has something to apply.
constexpr std::string_view places_of_recovery[] = {"batch.read",    "batch.begun",        "batch.stock",
                                                   "batch.orders",  "batch.reservations", "batch.events",
                                                   "batch.written", "batch.commit_sent",  "batch.committed"};

} // namespace

BOOST_AUTO_TEST_SUITE(fault_points)

BOOST_DATA_TEST_CASE(killed_there_it_loses_nothing_and_repeats_nothing,
                     boost::unit_test::data::make(orderd::fault_points), place) {
  rehearsed_shop shop;
  for (const auto* passage : {":1", ":3"}) {
    BOOST_TEST_CONTEXT("at " << place << passage) {
      shop.sell_until_killed(std::string(place) + passage);
      shop.check_exact();
    }
  }
}

BOOST_AUTO_TEST_CASE(killed_in_one_recovery_after_another_it_applies_everything_once) {
  rehearsed_shop shop;
  {
    orderd_process program(shop.data_dir, slow_store, shop.variables());
    for (int round = 0; round < 10; ++round)
      shop.script.run_once(program.port());
    program.kill();
  }
  const auto before = shop.value("SELECT applied_seq FROM node");
  for (const auto place : places_of_recovery) {
    for (const auto* passage : {":1", ":2"}) {
      arguments flags{"--data-dir", shop.data_dir, "--port", "0", "--journal-segment-bytes", "1048576"};
      flags.insert(flags.end(), small_batches.begin(), small_batches.end());
      BOOST_TEST_CONTEXT("at " << place << passage) {
        const auto run = run_orderd(flags, shop.variables(std::string(place) + passage));
        BOOST_REQUIRE_EQUAL(run.exit_status, killed);
      }
    }
  }
  BOOST_TEST(shop.value("SELECT applied_seq FROM node") != before);
  shop.check_exact();
}

BOOST_AUTO_TEST_SUITE_END()
