#include "persistence/sqlite_migrations.hpp"
#include "persistence/sqlite_queries.hpp"
#include "persistence/sqlite_store.hpp"
#include "persistence/sqlite_writer.hpp"
#include "tests/unit/persistence/sqlite_database.hpp"

#include <fstream>

namespace orderd {
namespace {

using test::must;
using test::opened_store;
using test::sqlite_database;

#define CONTRACT(rule)                                                                                       \
  BOOST_AUTO_TEST_CASE(rule) {                                                                               \
    sqlite_database database;                                                                                \
    test::store_contract::rule(database);                                                                    \
  }

BOOST_AUTO_TEST_SUITE(sqlite_store_contract)
CONTRACT(what_is_applied_is_read_back)
CONTRACT(any_split_into_batches_gives_the_same_rows)
CONTRACT(applying_again_changes_nothing)
CONTRACT(an_overlapping_batch_applies_only_what_is_new)
CONTRACT(placing_replaces_all_lines)
CONTRACT(unknown_ids_are_nothing)
CONTRACT(orders_are_listed_newest_first)
CONTRACT(pages_by_key_stay_stable_while_orders_arrive)
CONTRACT(filters_are_combined)
CONTRACT(pages_by_number_have_a_total)
CONTRACT(stock_is_listed_by_sku)
CONTRACT(a_timeline_continues_behind_a_version)
CONTRACT(obligations_are_replaced)
CONTRACT(identity_and_position_survive_reopening)
CONTRACT(deadlines_are_those_of_free_reservations)
CONTRACT(product_ids_may_be_traded_within_one_batch)
CONTRACT(reservations_that_ended_long_ago_are_purged)
CONTRACT(a_checkpoint_covers_what_was_applied)
BOOST_AUTO_TEST_SUITE_END()

#undef CONTRACT

test::legal_history placed_orders(int count) {
  test::legal_history history(3);
  history.define("A", 1'000'000);
  for (int i = 0; i < count; ++i) {
    history.advance(std::chrono::milliseconds(1));
    history.place("alice", "A");
  }
  return history;
}

/// The steps of SQLite's plan for a query, one a line.
std::string plan_of(sqlite_connection& connection, std::string_view sql) {
  auto statement = must(connection.prepare("EXPLAIN QUERY PLAN " + std::string(sql)));
  std::string plan;
  must(statement.each([&](const sqlite_statement& row) { plan += std::string(row.text(3)) + '\n'; }));
  return plan;
}

template <class T> error_code code_of(const result<T>& outcome) {
  BOOST_REQUIRE(!outcome);
  BOOST_TEST_MESSAGE(outcome.error().detail);
  return outcome.error().code;
}

BOOST_AUTO_TEST_SUITE(sqlite_store)

BOOST_AUTO_TEST_CASE(every_query_runs_in_an_index_and_none_sorts) {
  namespace sql = sqlite_queries;
  sqlite_database database;
  const opened_store s(database);
  sqlite_connection connection = database.connect();
  std::vector<std::string_view> queries = {sql::load_order,       sql::load_lines,  sql::load_stock,
                                           sql::list_stock,       sql::count_stock, sql::active_reservations,
                                           sql::load_reservation, sql::deadlines,   sql::timeline};
  queries.insert(queries.end(), sql::list_orders.begin(), sql::list_orders.end());
  queries.insert(queries.end(), sql::count_orders.begin(), sql::count_orders.end());
  for (const std::string_view query : queries) {
    const std::string plan = plan_of(connection, query);
    BOOST_TEST(plan.find("TEMP B-TREE") == std::string::npos, query << '\n' << plan);
    const bool in_index = plan.find("USING INDEX") != std::string::npos ||
                          plan.find("USING COVERING INDEX") != std::string::npos ||
                          plan.find("USING PRIMARY KEY") != std::string::npos;
    BOOST_TEST(in_index, query << '\n' << plan);
  }
  for (const std::size_t filter : {0U, 1U, 2U}) {
    const std::string plan = plan_of(connection, sql::list_orders[filter]);
    BOOST_TEST(plan.find("COVERING INDEX") != std::string::npos, "skipped rows are not fetched: " << plan);
    BOOST_TEST(plan.find("(created_at,id)<(?,?)") != std::string::npos,
               "a key is sought, not scanned for: " << plan);
  }
}

BOOST_AUTO_TEST_CASE(a_full_disk_changes_nothing_and_heals) {
  sqlite_database database;
  const auto history = placed_orders(3'000);
  auto writer = must(sqlite_writer::open(database.path()));
  const auto reader = must(database.open()->open_reader());
  must(writer->apply(history.batch(0, 101)));
  must(writer->limit_pages(1));
  BOOST_TEST((code_of(writer->apply(history.batch(101, history.last_seq()))) == error_code::no_space));
  BOOST_TEST(writer->applied_seq() == 101U);
  test::require_agreement(*reader, history.prefix(101));
  must(writer->limit_pages(1'000'000));
  must(writer->apply(history.batch(101, history.last_seq())));
  BOOST_TEST(writer->applied_seq() == history.last_seq());
  BOOST_TEST(must(reader->load_stock("A"))->view().levels.reserved == 3'000);
}

BOOST_AUTO_TEST_CASE(a_change_of_a_row_that_is_missing_is_damage_and_applies_nothing) {
  sqlite_database database;
  auto history = placed_orders(1);
  opened_store s(database);
  must(s.writer->apply(history.batch(0, 1)));
  const std::uint64_t before = history.last_seq();
  history.place("carol", "A");
  history.change(history.orders().begin()->first, order_status::accepted);
  BOOST_TEST((code_of(s.writer->apply(history.batch(before, history.last_seq()))) == error_code::damaged));
  BOOST_TEST(s.writer->applied_seq() == 1U);
  BOOST_TEST(must(s.reader->list_orders({})).items.empty());
  must(s.writer->apply(history.batch(1, history.last_seq())));
  test::require_agreement(*s.reader, history);
}

BOOST_AUTO_TEST_CASE(a_query_that_outlives_its_deadline_is_given_up) {
  const sqlite_database database;
  sqlite_connection connection = database.connect();
  constexpr const char* endless =
      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT MAX(i) FROM n";
  connection.set_deadline(std::chrono::steady_clock::now());
  BOOST_TEST((code_of(connection.integer(endless)) == error_code::timed_out));
  connection.set_deadline(std::nullopt);
  BOOST_TEST(must(connection.integer("SELECT 7")) == 7);
}

BOOST_AUTO_TEST_CASE(a_newer_row_is_never_overwritten) {
  sqlite_database database;
  auto history = placed_orders(1);
  opened_store s(database);
  must(s.writer->apply(history.all()));
  const uuid id = history.orders().begin()->first;
  sqlite_connection connection = database.connect();
  must(connection.execute("UPDATE orders SET version = 9; UPDATE products SET version = 9;"
                          "UPDATE reservations SET version = 9"));
  const std::uint64_t before = history.last_seq();
  history.change(id, order_status::cancelled);
  history.settle(id, order_verdict::release);
  must(s.writer->apply(history.batch(before, history.last_seq())));
  const auto stored = must(s.reader->load_order(id));
  BOOST_TEST((stored->status == order_status::processed));
  BOOST_TEST(must(s.reader->load_stock("A"))->view().levels.reserved == 1);
}

BOOST_AUTO_TEST_CASE(values_are_absolute_even_if_the_position_is_lost) {
  sqlite_database database;
  auto history = placed_orders(3);
  history.reserve("A", 1);
  history.define("A", 900'000);
  history.change(history.orders().begin()->first, order_status::accepted);
  {
    opened_store s(database);
    must(s.writer->apply(history.all()));
  }
  {
    sqlite_connection connection = database.connect();
    must(connection.execute("UPDATE node SET applied_seq = 0; DELETE FROM events"));
  }
  opened_store s(database);
  for (std::uint64_t at = 0; at < history.last_seq(); ++at) {
    must(s.writer->apply(history.batch(at, at + 1)));
    BOOST_TEST((must(s.reader->load_stock("A"))->view() == history.items().at("A").view()),
               "after " << at + 1);
  }
  test::require_agreement(*s.reader, history);
}

BOOST_AUTO_TEST_CASE(rows_that_cannot_be_true_are_damage_and_not_an_abort) {
  sqlite_database database;
  const auto history = placed_orders(2);
  opened_store s(database);
  must(s.writer->apply(history.all()));
  sqlite_connection connection = database.connect();
  must(connection.execute("UPDATE products SET reserved = 1"));
  BOOST_TEST((code_of(s.reader->load_stock("A")) == error_code::damaged));
  must(connection.execute("UPDATE events SET data = x'00' WHERE kind = 1"));
  BOOST_TEST((code_of(s.reader->timeline(history.orders().begin()->first, 0, 9)) == error_code::damaged));
}

// ---- checkpoints ----

BOOST_AUTO_TEST_CASE(a_reader_in_the_way_holds_the_durable_position_back) {
  sqlite_database database;
  const auto history = placed_orders(200);
  opened_store s(database);
  must(s.writer->apply(history.batch(0, 100)));
  BOOST_TEST(must(s.writer->checkpoint()) == 100U);
  must(s.writer->apply(history.batch(100, 200)));
  sqlite_connection connection = database.connect();
  {
    const auto snapshot = must(sqlite_transaction::begin(connection, false));
    must(connection.integer("SELECT COUNT(*) FROM orders"));
    must(s.writer->apply(history.batch(200, history.last_seq())));
    BOOST_TEST(must(s.writer->checkpoint()) == 100U);
  }
  BOOST_TEST(must(s.writer->checkpoint()) == history.last_seq());
}

BOOST_AUTO_TEST_CASE(checkpoints_keep_the_log_from_growing) {
  sqlite_database database;
  const auto history = placed_orders(2'000);
  auto writer = must(sqlite_writer::open(database.path()));
  std::int64_t first_round = 0;
  for (std::uint64_t at = 0; at < history.last_seq(); at += 100) {
    must(writer->apply(history.batch(at, std::min(at + 100, history.last_seq()))));
    must(writer->checkpoint());
    first_round = at == 1'000 ? writer->log_pages() : first_round;
  }
  BOOST_TEST(writer->log_pages() > 0);
  BOOST_TEST(writer->log_pages() <= 3 * first_round, "what one round writes, not what all of them wrote");
  const auto log = std::filesystem::file_size(database.path() + "-wal");
  BOOST_TEST(log < 40U * static_cast<std::uintmax_t>(first_round) * 4'096);
}

// ---- schema ----

BOOST_AUTO_TEST_CASE(a_newer_schema_is_refused_with_both_numbers_and_left_alone) {
  sqlite_database database;
  { const opened_store s(database); }
  {
    sqlite_connection connection = database.connect();
    must(connection.execute("PRAGMA user_version = 77"));
  }
  const auto writer = database.open()->open_writer();
  BOOST_TEST((code_of(writer) == error_code::newer_format));
  BOOST_TEST(writer.error().detail.find("77") != std::string::npos);
  BOOST_TEST(writer.error().detail.find("up to " + std::to_string(sqlite_migrations().back().number)) !=
             std::string::npos);
  BOOST_TEST((code_of(database.open()->open_reader()) == error_code::newer_format));
}

BOOST_AUTO_TEST_CASE(each_step_of_the_schema_is_taken_once_and_in_order) {
  sqlite_database database;
  const auto released = sqlite_migrations();
  for (std::size_t i = 0; i < released.size(); ++i) {
    BOOST_TEST(released[i].number == static_cast<int>(i) + 1);
  }
  const sqlite_migration steps[] = {{1, "CREATE TABLE one (n)"},
                                    {2, "CREATE TABLE two (n); INSERT INTO one VALUES (2)"}};
  sqlite_connection connection = database.connect();
  must(migrate(connection, std::span(steps, 1)));
  BOOST_TEST((code_of(check_schema(connection, steps)) == error_code::store_failed));
  must(migrate(connection, steps));
  must(migrate(connection, steps));
  must(check_schema(connection, steps));
  BOOST_TEST(must(connection.integer("SELECT COUNT(*) FROM one")) == 1);
}

BOOST_AUTO_TEST_CASE(a_step_that_fails_leaves_the_schema_before_it) {
  sqlite_database database;
  const sqlite_migration steps[] = {{1, "CREATE TABLE one (n)"},
                                    {2, "CREATE TABLE two (n); INSERT INTO nowhere VALUES (1)"}};
  sqlite_connection connection = database.connect();
  BOOST_TEST((code_of(migrate(connection, steps)) == error_code::store_failed));
  BOOST_TEST(must(connection.integer("PRAGMA user_version")) == 1);
  BOOST_TEST(must(connection.integer("SELECT COUNT(*) FROM sqlite_schema")) == 1);
}

BOOST_AUTO_TEST_CASE(a_database_of_another_program_is_refused) {
  sqlite_database database;
  {
    sqlite_connection connection = database.connect();
    must(connection.execute("CREATE TABLE theirs (n)"));
  }
  BOOST_TEST((code_of(database.open()->open_writer()) == error_code::damaged));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_database_is_refused) {
  sqlite_database database;
  std::ofstream(database.path()) << std::string(8'192, 'x');
  BOOST_TEST((code_of(database.open()->open_writer()) == error_code::damaged));
}

BOOST_AUTO_TEST_CASE(a_reader_before_the_first_writer_is_refused) {
  sqlite_database database;
  const auto reader = database.open()->open_reader();
  BOOST_TEST((code_of(reader) == error_code::store_failed));
  BOOST_TEST(reader.error().detail.find(database.path()) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_database_that_another_connection_writes_is_locked_until_it_ends) {
  sqlite_database database;
  const auto history = placed_orders(1);
  opened_store s(database);
  sqlite_connection connection = database.connect();
  {
    const auto foreign = must(sqlite_transaction::begin(connection, true));
    const auto refused = s.writer->apply(history.all());
    BOOST_TEST((code_of(refused) == error_code::locked));
    BOOST_TEST(refused.error().detail.find(database.path()) != std::string::npos);
  }
  must(s.writer->apply(history.all()));
  test::require_agreement(*s.reader, history);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace orderd
