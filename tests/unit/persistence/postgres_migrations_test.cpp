#include "persistence/postgres_migrations.hpp"
#include "persistence/postgres_reader.hpp"
#include "tests/unit/persistence/postgres_fixture.hpp"

#include <array>
#include <future>

namespace orderd {
namespace {

using test::must;
using test::patient;
using test::postgres_fixture;
using test::require_error;
using test::temporary_database;

const int newest = postgres_migrations().back().number;

/// A role that may use what is there and make nothing. Gone with the scope.
class user_role {
 public:
  explicit user_role(const temporary_database& database)
      : database_(database), name_(database.name() + "_user") {
    database_.query("CREATE ROLE " + name_ + " LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC");
  }
  user_role(const user_role&) = delete;
  user_role& operator=(const user_role&) = delete;
  ~user_role() { database_.query("DROP OWNED BY " + name_ + "; DROP ROLE " + name_); }

  void grant_rows() const {
    database_.query("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO " + name_);
  }
  /// The later of two names for the same wins.
  [[nodiscard]] std::string url() const {
    return database_.url() + (has_query() ? "&" : "?") + "user=" + name_;
  }

 private:
  [[nodiscard]] bool has_query() const { return database_.url().find('?') != std::string::npos; }

  const temporary_database& database_;
  std::string name_;
};

/// Puts the rows of `from` into the tables of an earlier schema, as far as these have the columns.
void copy_rows(const temporary_database& from, const temporary_database& to) {
  to.query("DELETE FROM node");
  for (const std::string table :
       {"node", "products", "orders", "order_items", "reservations", "events", "obligations"}) {
    for (const auto& row : from.query("SELECT format('INSERT INTO " + table +
                                      " SELECT * FROM json_populate_record(NULL::" + table +
                                      ", %L)', row_to_json(t)) FROM " + table + " t")) {
      to.query(row.at(0));
    }
  }
}

BOOST_FIXTURE_TEST_SUITE(postgres_schema, postgres_fixture)

BOOST_AUTO_TEST_CASE(rows_of_an_earlier_schema_come_up_under_the_present_one) {
  const test::legal_history history = test::random_history(300);
  const std::uint64_t half = history.last_seq() / 2;
  const postgres_fixture present;
  must(present.open()->apply(history.batch(0, half)));
  for (int steps = 1; steps < newest; ++steps) {
    const postgres_fixture earlier;
    const auto options = patient(earlier.database.url());
    BOOST_TEST(must(migrate(options, postgres_migrations().first(static_cast<std::size_t>(steps)))) == steps);
    copy_rows(present.database, earlier.database);
    auto writer = earlier.open();
    BOOST_TEST(earlier.value("SELECT max(version) FROM schema_migrations") == std::to_string(newest));
    BOOST_TEST(earlier.contents() == present.contents());
    BOOST_TEST(earlier.value("SELECT count(*) > 10 FROM orders") == "t");
    BOOST_TEST(writer->applied_seq() == half);
    must(writer->apply(history.batch(half, history.last_seq())));
    const auto reader = must(postgres_reader::open(options));
    test::require_agreement(*reader, history);
    BOOST_TEST(must(reader->sink_positions()).empty());
    must(writer->save_positions({{"nats", half}}));
    BOOST_TEST(must(reader->events_after(half, 10'000)).events.size() == history.last_seq() - half);
  }
}

BOOST_AUTO_TEST_CASE(a_step_waits_for_rows_and_not_for_locks) {
  must(migrate(patient(database.url()), postgres_migrations().first(1)));
  auto options = patient(database.url());
  options.statement_timeout = std::chrono::seconds(1);
  auto holder = must(postgres_connection::open(patient(database.url()), {}));
  must(holder.execute("BEGIN; LOCK TABLE orders IN ACCESS SHARE MODE"));
  require_error(migrate(options, postgres_migrations()), error_code::locked, "could not be brought to");
  must(holder.execute("COMMIT"));
  const std::array<postgres_migration, 3> slow = {
      {postgres_migrations()[0], postgres_migrations()[1], {3, "slow", "SELECT pg_sleep(1.5)"}}};
  BOOST_TEST(must(migrate(options, slow)) == 3);
}

BOOST_AUTO_TEST_CASE(missing_rights_to_bring_a_schema_up_to_date_are_named) {
  must(migrate(patient(database.url()), postgres_migrations().first(1)));
  const user_role role(database);
  role.grant_rows();
  require_error(postgres_writer::open(patient(role.url())), error_code::store_failed,
                "\"public\" could not be brought to number 2");
  BOOST_TEST(value("SELECT max(version) FROM schema_migrations") == "1");
  BOOST_TEST(value("SELECT epoch FROM node") == "0");
}

BOOST_AUTO_TEST_CASE(every_table_and_column_has_a_comment) {
  BOOST_TEST(must(migrate(patient(database.url()), postgres_migrations())) == newest);
  BOOST_TEST(
      value("SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace") ==
      "15");
  BOOST_TEST(value("SELECT string_agg(c.relname || '.' || a.attname, ' ') FROM pg_class c "
                   "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped "
                   "WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace "
                   "AND COALESCE(col_description(c.oid, a.attnum), '') = ''") == "");
  BOOST_TEST(value("SELECT string_agg(relname, ' ') FROM pg_class WHERE relkind = 'r' "
                   "AND relnamespace = 'public'::regnamespace "
                   "AND COALESCE(obj_description(oid, 'pg_class'), '') = ''") == "");
}

BOOST_AUTO_TEST_CASE(a_second_migration_changes_nothing) {
  must(migrate(patient(database.url()), postgres_migrations()));
  const std::string before = value("SELECT sum(xmin::text::bigint) || ' ' || count(*) FROM pg_class") +
                             value("SELECT string_agg(t::text, ' ') FROM schema_migrations t");
  BOOST_TEST(must(migrate(patient(database.url()), postgres_migrations())) == newest);
  BOOST_TEST(before == value("SELECT sum(xmin::text::bigint) || ' ' || count(*) FROM pg_class") +
                           value("SELECT string_agg(t::text, ' ') FROM schema_migrations t"));
}

BOOST_AUTO_TEST_CASE(processes_that_start_at_once_migrate_once) {
  // All wait for the lock before the first gets it.
  auto holder = must(postgres_connection::open(patient(database.url()), {}));
  must(holder.execute("BEGIN; SELECT pg_advisory_xact_lock(x'6F726464'::bigint)"));
  std::vector<std::future<result<int>>> starts;
  for (int i = 0; i < 3; ++i) {
    starts.push_back(std::async(std::launch::async,
                                [&] { return migrate(patient(database.url()), postgres_migrations()); }));
  }
  test::eventually("three migrations wait", [&] {
    return value("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = "
                 "(SELECT oid FROM pg_database WHERE datname = current_database())") == "3";
  });
  must(holder.execute("COMMIT"));
  for (auto& start : starts) {
    BOOST_TEST(must(start.get()) == newest);
  }
  BOOST_TEST(value("SELECT count(*) FROM schema_migrations") == std::to_string(newest));
  BOOST_TEST(value("SELECT count(*) FROM node") == "1");
}

BOOST_AUTO_TEST_CASE(a_newer_schema_is_refused_with_both_numbers) {
  must(migrate(patient(database.url()), postgres_migrations()));
  database.query("INSERT INTO schema_migrations (version, description) VALUES (4711, 'of tomorrow')");
  const auto refused = postgres_writer::open(patient(database.url()));
  require_error(refused, error_code::newer_format, "4711");
  BOOST_TEST(refused.error().detail.find("up to " + std::to_string(newest)) != std::string::npos);
  BOOST_TEST(refused.error().detail.find("\"public\"") != std::string::npos);
  BOOST_TEST(value("SELECT epoch FROM node") == "0");
  require_error(check_schema(patient(database.url()), postgres_migrations()), error_code::newer_format);
}

BOOST_AUTO_TEST_CASE(a_reader_waits_for_a_writer_to_migrate) {
  require_error(check_schema(patient(database.url()), postgres_migrations()), error_code::store_failed,
                "waits for a writer");
  must(migrate(patient(database.url()), postgres_migrations()));
  must(check_schema(patient(database.url()), postgres_migrations()));
}

BOOST_AUTO_TEST_CASE(tables_of_another_program_are_left_alone) {
  database.query("CREATE TABLE orders (id int)");
  require_error(migrate(patient(database.url()), postgres_migrations()), error_code::invalid_setting,
                "\"public\" has tables of another program (orders): name an unused schema in DB_SCHEMA");
  BOOST_TEST(value("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace") == "1");
  must(migrate(patient(database.url(), "mine"), postgres_migrations()));
}

BOOST_AUTO_TEST_CASE(another_program_s_list_of_migrations_is_not_taken_for_ours) {
  database.query("CREATE TABLE schema_migrations (version text); INSERT INTO schema_migrations VALUES ('1')");
  require_error(migrate(patient(database.url()), postgres_migrations()), error_code::invalid_setting,
                "(schema_migrations)");
}

BOOST_AUTO_TEST_CASE(a_schema_of_any_name_is_made) {
  const std::string name = "We\"ird 'Schema";
  must(postgres_writer::open(patient(database.url(), name)));
  BOOST_TEST(value("SELECT epoch FROM \"We\"\"ird 'Schema\".node") == "1");
  BOOST_TEST(value("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace") == "0");
}

BOOST_AUTO_TEST_CASE(a_role_without_rights_to_change_the_schema_may_start) {
  must(migrate(patient(database.url()), postgres_migrations()));
  const user_role role(database);
  role.grant_rows();
  auto writer = must(postgres_writer::open(patient(role.url())));
  BOOST_TEST(value("SELECT count(*) FROM pg_stat_activity WHERE usename = '" + database.name() + "_user'") ==
             "1");
  test::legal_history history(5);
  history.define("A", 5);
  must(writer->apply(history.all()));
  BOOST_TEST(value("SELECT on_hand FROM products") == "5");
}

BOOST_AUTO_TEST_CASE(missing_rights_to_migrate_are_named) {
  const user_role role(database);
  require_error(migrate(patient(role.url()), postgres_migrations()), error_code::store_failed,
                "\"public\" could not be brought to number 1");
  BOOST_TEST(value("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace") == "0");
}

BOOST_AUTO_TEST_CASE(a_step_that_fails_leaves_the_steps_before_it) {
  const std::array<postgres_migration, 2> broken = {
      {{1, "one", "CREATE TABLE node (id int)"}, {2, "two", "CREATE TABLE more (id int); SELECT 1 / 0"}}};
  const auto failed = migrate(patient(database.url()), broken);
  require_error(failed, error_code::refused, "could not be brought to number 2");
  BOOST_TEST(value("SELECT max(version) FROM schema_migrations") == "1");
  BOOST_TEST(value("SELECT to_regclass('more') IS NULL") == "t");

  const std::array<postgres_migration, 2> mended = {{broken[0], {2, "two", "CREATE TABLE more (id int)"}}};
  BOOST_TEST(must(migrate(patient(database.url()), mended)) == 2);
  BOOST_TEST(value("SELECT string_agg(description, ' ' ORDER BY version) FROM schema_migrations") ==
             "one two");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace orderd
