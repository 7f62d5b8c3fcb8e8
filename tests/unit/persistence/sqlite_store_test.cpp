#include "persistence/sqlite_migrations.hpp"
#include "persistence/sqlite_queries.hpp"
#include "persistence/sqlite_store.hpp"
#include "persistence/sqlite_writer.hpp"
#include "tests/unit/persistence/life_agreement.hpp"
#include "tests/unit/persistence/sample_events.hpp"
#include "tests/unit/persistence/sqlite_database.hpp"

#include <array>
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
ORDERD_STORE_CONTRACT(CONTRACT)
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
  std::vector<std::string_view> queries = {
      sql::load_order,     sql::load_lines,          sql::load_stock,       sql::list_stock,
      sql::count_stock,    sql::active_reservations, sql::load_reservation, sql::deadlines,
      sql::timeline,       sql::aside_of_order,      sql::aside_of_stock,   sql::aside_of_reservation,
      sql::aside_skus,     sql::aside_of_account,    sql::aside_of_any,     sql::unfinished,
      sql::to_be_accepted, sql::load_account,        sql::load_holds,       sql::account_entries,
      sql::load_request,   sql::each_request};
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
  for (const std::string_view query : {sql::history, sql::unfinished, sql::outbox, sql::first_event}) {
    const std::string merged = plan_of(connection, query);
    BOOST_TEST(merged.find("MERGE") != std::string::npos, merged);
    BOOST_TEST(merged.find("TEMP B-TREE") == std::string::npos, merged);
  }
  for (const std::string_view query : {sql::outbox, sql::first_event}) {
    const std::string plan = plan_of(connection, query);
    for (const std::string table : {"events ", "events_aside "})
      BOOST_TEST(plan.find("SEARCH " + table + "USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)") !=
                     std::string::npos,
                 plan);
  }
  for (const std::size_t filter : {0U, 1U, 2U}) {
    const std::string plan = plan_of(connection, sql::list_orders[filter]);
    BOOST_TEST(plan.find("COVERING INDEX") != std::string::npos, "skipped rows are not fetched: " << plan);
    BOOST_TEST(plan.find("(created_at,id)<(?,?)") != std::string::npos,
               "a key is sought, not scanned for: " << plan);
  }
  const std::array<std::string, 4> of_stuck = {"orders_stuck ", "orders_stuck_by_status ",
                                               "orders_stuck_by_customer ", "orders_stuck_by_customer "};
  for (std::size_t filter = 0; filter < of_stuck.size(); ++filter) {
    const std::string plan = plan_of(connection, sql::list_orders.at(4 + filter));
    BOOST_TEST(plan.find("INDEX " + of_stuck.at(filter)) != std::string::npos, plan);
    BOOST_TEST(plan.find("(created_at,id)<(?,?)") != std::string::npos, plan);
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

BOOST_AUTO_TEST_CASE(a_row_that_went_missing_is_refused_and_nothing_is_applied) {
  sqlite_database database;
  auto history = placed_orders(1);
  opened_store s(database);
  must(s.writer->apply(history.all()));
  const std::uint64_t before = history.last_seq();
  history.place("carol", "A");
  history.change(history.orders().begin()->first, order_status::accepted);
  sqlite_connection connection = database.connect();
  must(connection.execute("DELETE FROM order_items; DELETE FROM orders"));
  BOOST_TEST((code_of(s.writer->apply(history.batch(before, history.last_seq()))) == error_code::refused));
  BOOST_TEST(s.writer->applied_seq() == before);
  BOOST_TEST(must(s.reader->list_orders({})).items.empty());
}

BOOST_AUTO_TEST_CASE(totals_count_no_further_than_a_page_may_begin) {
  sqlite_database database;
  opened_store s(database);
  sqlite_connection connection = database.connect();
  const std::string numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
                              std::to_string(rows_counted_max + 1) + ") ";
  must(connection.execute(
      numbers +
      "INSERT INTO orders (id, customer_id, status, payment, version, currency, "
      "total_cents, metadata, runner_id, created_at, updated_at) "
      "SELECT randomblob(16), 'alice', 0, 0, 1, 'EUR', 0, '{}', '', i, i FROM n;" +
      numbers +
      "INSERT INTO products SELECT printf('%08d', i), NULL, 'x', 1, 0, 0, 0, 0, 0, 1, 1, NULL "
      "FROM n"));
  order_query orders;
  orders.limit = 100;
  orders.page = rows_counted_max / orders.limit;
  for (const bool of_one : {false, true}) {
    orders.customer_id = of_one ? std::optional<std::string>("alice") : std::nullopt;
    orders.status = of_one ? std::optional(order_status::draft) : std::nullopt;
    const auto page = must(s.reader->list_orders(orders));
    BOOST_TEST(page.total.value() == rows_counted_max);
    BOOST_TEST(page.items.size() == orders.limit);
    BOOST_TEST(page.more);
  }
  orders.created_after = timestamp(std::chrono::milliseconds(2));
  BOOST_TEST(must(s.reader->list_orders(orders)).total.value() == rows_counted_max - 1);
  stock_query stock;
  stock.limit = orders.limit;
  stock.page = orders.page;
  const auto shown = must(s.reader->list_stock(stock));
  BOOST_TEST(shown.total.value() == rows_counted_max);
  BOOST_TEST(shown.items.back().product.sku == "00100000");
}

BOOST_AUTO_TEST_CASE(what_is_aside_and_cannot_be_true_is_damage_and_not_an_abort) {
  sqlite_database database;
  const auto history = placed_orders(1);
  const uuid id = history.orders().begin()->first;
  opened_store s(database);
  must(s.writer->set_aside(history.batch(0, 1), "no item"));
  must(s.writer->apply(history.batch(1, 2)));
  must(s.writer->set_aside(history.batch(2, 3), "no order"));
  test::require_whole(*s.reader, history);
  sqlite_connection connection = database.connect();
  must(connection.execute("DELETE FROM events_aside WHERE seq = 1"));
  BOOST_TEST((code_of(s.reader->load_stock("A")) == error_code::damaged));
  must(connection.execute("UPDATE events_aside SET data = (SELECT data FROM events_aside WHERE kind = 0), "
                          "tag = (SELECT tag FROM events_aside WHERE kind = 0) WHERE kind = 1"));
  BOOST_TEST((code_of(s.reader->load_order(id)) == error_code::damaged));
  must(connection.execute("UPDATE events_aside SET data = x'00'"));
  BOOST_TEST((code_of(s.reader->load_order(id)) == error_code::damaged));
  const auto visit = [](const sequenced_event&) { return result<void>(); };
  BOOST_TEST((code_of(s.reader->history(0, visit)) == error_code::damaged));
}

BOOST_AUTO_TEST_CASE(a_damaged_item_aside_is_shown_as_its_row_among_all) {
  sqlite_database database;
  test::legal_history history(7);
  history.define("A", 5);
  history.define("B", 7);
  history.reserve("A", 1);
  history.reserve("B", 1);
  history.reserve("B", 2);
  opened_store s(database);
  must(s.writer->apply(history.batch(0, 4)));
  must(s.writer->set_aside(history.batch(4, 5), "no"));
  sqlite_connection connection = database.connect();
  must(connection.execute("UPDATE events_aside SET data = x'00'"));
  BOOST_TEST((code_of(s.reader->load_stock("B")) == error_code::damaged));
  std::vector<std::string> shown;
  must(s.reader->each_product([&](const product& p) { shown.push_back(p.sku); }));
  BOOST_TEST(shown == (std::vector<std::string>{"A", "B"}), boost::test_tools::per_element());
  BOOST_TEST(must(s.reader->deadlines()).size() == 2U);
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

/// A database as an earlier program left it: an order and an item in the tables of the first two steps.
void make_earlier_database(const sqlite_database& database) {
  sqlite_connection connection = database.connect();
  must(connection.execute("PRAGMA journal_mode = WAL"));
  must(migrate(connection, sqlite_migrations().first(2)));
  must(connection.execute(
      "INSERT INTO products VALUES ('A', 1, 'The A', 250, 3, 1, 3, 0, 0, 2, 1000);"
      "INSERT INTO orders VALUES (x'01010101010101010101010101010101', 'alice', 1, 0, 2, 'EUR', 250, '{}', "
      "'', NULL, NULL, 1000, 2000);"
      "INSERT INTO orders VALUES (x'02020202020202020202020202020202', 'carol', 6, 0, 2, 'EUR', 250, '{}', "
      "'', 'insufficient_stock', 'none left', 1001, 2001);"
      "INSERT INTO order_items VALUES (x'01010101010101010101010101010101', 0, "
      "x'03030303030303030303030303030303', 'A', NULL, 1, 250, 0, NULL, 1000);"
      "INSERT INTO obligations VALUES (x'04040404040404040404040404040404', 'A', "
      "x'01010101010101010101010101010101', 0);"
      "UPDATE node SET applied_seq = 6"));
}

BOOST_AUTO_TEST_CASE(a_database_of_the_steps_before_comes_up_and_goes_on) {
  sqlite_database database;
  make_earlier_database(database);
  opened_store s(database);
  BOOST_TEST(s.writer->applied_seq() == 6U);
  BOOST_TEST(must(s.writer->open_obligations()).size() == 1U);
  BOOST_TEST(must(s.writer->open_payouts()).empty());
  order expected;
  expected.id = test::id_of(1);
  expected.customer_id = "alice";
  expected.status = order_status::registered;
  expected.version = 2;
  expected.currency = "EUR";
  expected.lines = {{test::id_of(3), "A", {}, 1, 250, false, {}, test::at_ms(1000)}};
  expected.total = 250;
  expected.metadata = "{}";
  expected.created_at = test::at_ms(1000);
  expected.updated_at = test::at_ms(2000);
  BOOST_TEST((*must(s.reader->load_order(expected.id)) == expected));
  const auto unfinished = must(s.reader->unfinished({}, 10));
  BOOST_REQUIRE_EQUAL(unfinished.size(), 1U);
  BOOST_TEST((unfinished[0] == unfinished_order{expected.id, {}, false, true}),
             "what was registered is placed now");
  order_placing placing{expected.lines, 250, refusal_outcome::fail};
  placing.lines[0].reservation = test::id_of(5);
  const order_event reserved{expected.id, 3, test::at_ms(3000), "orderd", order_reserved{placing}};
  must(s.writer->apply({{{7, reserved}}, 7, {}}));
  evolve(expected, reserved);
  BOOST_TEST((*must(s.reader->load_order(expected.id)) == expected));
}

BOOST_AUTO_TEST_CASE(rows_of_the_ledger_that_cannot_be_true_are_damage_and_not_an_abort) {
  sqlite_database database;
  test::life_history history(7);
  history.deposit("alice", 1'000);
  const uuid id = history.create("alice", order_status::registered);
  history.add(id, order_reserved{history.placing_of(id, refusal_outcome::fail)});
  history.hold(id);
  opened_store s(database);
  must(s.writer->apply(history.all()));
  sqlite_connection connection = database.connect();
  must(connection.execute("UPDATE account_holds SET amount_cents = amount_cents + 1"));
  BOOST_TEST((code_of(s.reader->load_account("alice")) == error_code::damaged));
  must(connection.execute("UPDATE orders SET placing = x'00'"));
  BOOST_TEST((code_of(s.reader->load_order(id)) == error_code::damaged));
}

BOOST_AUTO_TEST_CASE(ledger_values_are_absolute_even_if_the_position_is_lost) {
  sqlite_database database;
  test::life_history history(test::test_seed());
  for (int i = 0; i < 150; ++i)
    history.random_step();
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
    for (const auto& [id, each] : history.accounts())
      BOOST_REQUIRE((!each.exists() || must(s.reader->load_account(id))->view() == each.view()));
  }
  test::require_life(s, history);
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
