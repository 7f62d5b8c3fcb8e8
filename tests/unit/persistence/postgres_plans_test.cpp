#include "persistence/postgres_chain_statements.hpp"
#include "persistence/postgres_history.hpp"
#include "persistence/postgres_queries.hpp"
#include "persistence/postgres_row_statements.hpp"
#include "persistence/postgres_row_writer.hpp"
#include "persistence/postgres_snapshot_queries.hpp"
#include "tests/unit/persistence/postgres_large_database.hpp"
#include "tests/unit/persistence/postgres_plan_reader.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>

namespace orderd {
namespace {

using test::execution;
using test::must;
using test::postgres_database;
using test::require_indexed;

namespace sql = postgres_queries;

using test::events_aside_in_large;
using test::large;

/// What a list is filtered by, as arguments, with the most rows that match.
struct order_filter {
  std::string values;
  double matches_max = rows_counted_max;
};

/// Every list of orders: filters, ranges, a page by key and a page by number.
std::vector<execution> lists_of_orders() {
  constexpr const char* nobody = "'00000000-0000-0000-0000-000000000000'";
  const std::string middle = "'2023-11-15 12:00:00+00', '018bd0d7-7200-7000-8000-000000000000'";
  const std::array<std::string, 4> ranges = {
      std::string("'-infinity', 'infinity', ") + nobody, "'-infinity', " + middle,
      "'2023-11-15 11:00:00+00', 'infinity', " + std::string(nobody), "'2023-11-15 11:00:00+00', " + middle};
  const std::array<std::vector<order_filter>, 8> filters = {
      std::vector<order_filter>{{""}},
      {{", 'completed'"}, {", 'draft'"}, {", 'accepted'", 10}},
      {{", 'customer-1'", 100}, {", 'whale'", 1'000}, {", 'leviathan'"}, {", 'nobody'", 0}},
      {{", 'customer-1', 'completed'", 100},
       {", 'whale', 'accepted'", 0},
       {", 'leviathan', 'completed'"},
       {", 'leviathan', 'registered'", 18},
       {", 'nobody', 'draft'", 0}},
      {{""}},
      {{", 'cancelled'"}, {", 'draft'", 1'000}, {", 'accepted'", 0}},
      {{", 'customer-1'", 100}, {", 'whale'", 1'000}, {", 'leviathan'"}, {", 'nobody'", 0}},
      {{", 'customer-1', 'completed'", 0},
       {", 'whale', 'draft'", 1'000},
       {", 'leviathan', 'cancelled'"},
       {", 'leviathan', 'registered'", 0}}};
  std::vector<execution> runs;
  for (std::size_t filter = 0; filter < filters.size(); ++filter) {
    for (const std::string& range : ranges) {
      for (const auto& [values, matches] : filters[filter]) {
        // Two lines an order.
        const std::string index = filter < 4 ? "orders_by" : "orders_stuck";
        runs.push_back(
            {sql::list_orders[filter], range + ", 21, 0" + values, std::min(2 * matches, 42.0), 0, index});
        runs.push_back(
            {sql::list_orders[filter], range + ", 21, 5000" + values, std::min(matches, 5'021.0), 0, index});
        runs.push_back({sql::count_orders[filter], range + values, matches, 0, index});
      }
    }
  }
  return runs;
}

std::vector<execution> all_others() {
  const std::string order = "'018bd0d7-7200-7000-8000-000000000000'";
  const std::string nobody = "'00000000-0000-0000-0000-000000000000'";
  return {
      {sql::load_order, order, 4},
      {sql::load_stock, "'SKU-5'", 100},
      {sql::load_reservation, order, 4},
      {sql::unfinished, nobody + ", 100", 100, 0, "orders_unfinished"},
      {sql::unfinished, order + ", 100", 100, 0, "orders_unfinished"},
      {sql::to_be_accepted, "'-infinity', " + nobody + ", 100", 100, 0, "orders_to_be_accepted"},
      {sql::to_be_accepted, "'2023-11-15 12:00:00+00', " + order + ", 100", 100, 0, "orders_to_be_accepted"},
      {sql::load_account, "'customer-5'", 2},
      {sql::account_entries, "'customer-5', 9223372036854775807, 21", 21},
      {sql::account_entries, "'customer-5', 50, 21", 21},
      {sql::load_request, order, 1},
      {sql::each_request, "'-infinity', " + nobody + ", 5000", 5'000},
      {sql::each_request, "now() - interval '1 hour', " + order + ", 5000", 5'000},
      {sql::aside_of, "'\\x534b552d35', 'stock', 0, 1000", 100},
      {sql::aside_skus, "", 1'000},
      {sql::aside_of_reservation, order, 1'000},
      {sql::aside_of_reservation_of, order + ", 'SKU-5'", 100},
      {sql::list_stock, "'', 21, 0", 21},
      {sql::list_stock, "'SKU-5', 21, 0", 21},
      {sql::list_stock, "'', 21, 5000", 5'021},
      {sql::count_stock, "''", 100'000},
      {sql::each_product, "'SKU-5', 5000", 5'000},
      // A third of the active quarter.
      {sql::deadlines, "", 17'000},
      {sql::timeline, order + ", 0, 100", 100},
      {sql::last_seq, "", 1},
      {sql::history, "1, 20000000, 2000", 2'000},
      {sql::outbox, "1, 20000000, 500", 500},
      {sql::outbox, "9999990, 10019989, 500", 500},
      {sql::first_event, "100, 20000000", 1},
      {sql::first_event, "9999990, 10019989", 1},
      {sql::sink_positions, "", 10},
      {sql::stock_events, "'SKU-5', 0, 21", 21, 0, "events_of_stock"},
      {sql::stock_events, "'SKU-5', 50, 21", 21, 0, "events_of_stock"},
      {sql::checkpoint, "'stock', '\\x534b552d35'", 1},
  };
}

BOOST_AUTO_TEST_SUITE(postgres_plans)

BOOST_AUTO_TEST_CASE(every_statement_of_a_reader_has_its_plan_looked_at) {
  auto looked_at = lists_of_orders();
  const auto others = all_others();
  looked_at.insert(looked_at.end(), others.begin(), others.end());
  for (const postgres_statement& each : sql::all) {
    const std::string_view name = each.name;
    const bool is_transaction = name == sql::begin.name || name == sql::end.name;
    const bool is_looked_at = std::any_of(looked_at.begin(), looked_at.end(),
                                          [&](const execution& run) { return name == run.statement.name; });
    BOOST_TEST((is_transaction || is_looked_at), name);
  }
}

BOOST_AUTO_TEST_CASE(no_list_reads_more_than_its_page_at_a_million_orders) {
  for (const char* mode : {"force_generic_plan", "force_custom_plan"}) {
    const std::string settings = std::string(sql::session) + ";SET plan_cache_mode = " + mode;
    for (const execution& run : lists_of_orders()) {
      require_indexed(large(), run, settings);
    }
    for (const execution& run : all_others()) {
      require_indexed(large(), run, settings);
    }
  }
}

/// An array of `repeats` times the same value.
std::string same(const std::string& value, int repeats) {
  return "array_fill(" + value + ", ARRAY[" + std::to_string(repeats) + "])";
}

/// Arguments one after the other.
std::string together(std::initializer_list<std::string> arguments) {
  std::string all;
  for (const std::string& each : arguments) {
    all += (all.empty() ? "" : ", ") + each;
  }
  return all;
}

constexpr int rows_written = 50;

/// Columns of so many rows.
class column_values {
 public:
  explicit column_values(const postgres_database& database) : database_(database) {}

  /// What is in a column of a table.
  [[nodiscard]] std::string keys(const std::string& column, const std::string& table) const {
    return '\'' +
           database_
               .query("SELECT array_agg(key) FROM (SELECT DISTINCT " + column + " AS key FROM " + table +
                      " ORDER BY key LIMIT " + std::to_string(rows_written) + ") k")
               .at(0)
               .at(0) +
           '\'';
  }
  static std::string numbers(const std::string& value) { return same(value + "::int8", rows_written); }
  static std::string texts(const std::string& value) { return same(value + "::text", rows_written); }

 private:
  const postgres_database& database_;
};

execution insertion_of_orders(const column_values& values) {
  constexpr auto numbers = column_values::numbers;
  constexpr auto texts = column_values::texts;
  constexpr int n = rows_written;
  const std::string times = same("now()", n);
  const std::string one = numbers("1");
  const std::string new_ids = values.keys("gen_random_uuid()", "generate_series(1, 50)");
  return {postgres_row_texts::insert_orders,
          together({new_ids,
                    texts("'someone'"),
                    texts("'processed'"),
                    texts("'none'"),
                    one,
                    texts("'EUR'"),
                    one,
                    same("'{}'::json", n),
                    texts("NULL"),
                    texts("NULL"),
                    texts("NULL"),
                    times,
                    times,
                    texts("'capturing'"),
                    same("NULL::bytea", n),
                    one,
                    texts("'bob'"),
                    one,
                    times,
                    texts("'away'"),
                    same("true", n),
                    times,
                    texts("'ledger'")}),
          rows_written};
}

execution change_of_orders(const column_values& values) {
  constexpr auto numbers = column_values::numbers;
  constexpr auto texts = column_values::texts;
  constexpr int n = rows_written;
  const std::string times = same("now()", n);
  const std::string one = numbers("1");
  const std::string orders = values.keys("order_id", "order_items");
  return {postgres_row_texts::change_orders,
          together({orders,
                    numbers("9"),
                    times,
                    texts("'cancelled'"),
                    numbers("NULL"),
                    same("NULL::json", n),
                    texts("NULL"),
                    texts("NULL"),
                    texts("NULL"),
                    texts("'authorized'"),
                    texts("'placing'"),
                    same("'x'::bytea", n),
                    one,
                    texts("'bob'"),
                    one,
                    times,
                    texts("'away'"),
                    same("true", n),
                    times,
                    texts("'ledger'")}),
          rows_written, rows_written};
}

std::vector<execution> writes_of_items_and_orders(const postgres_database& database) {
  const column_values values(database);
  constexpr auto numbers = column_values::numbers;
  constexpr auto texts = column_values::texts;
  constexpr int n = rows_written;
  constexpr double rows = n;
  const std::string positions = same("7::int2", n);
  const std::string times = same("now()", n);
  const std::string no_ids = same("NULL::uuid", n);
  const std::string skus = values.keys("sku", "products");
  const std::string orders = values.keys("order_id", "order_items");
  const std::string one = numbers("1");
  using namespace postgres_row_texts;
  return {
      {clear_product_ids, together({skus, numbers("NULL")}), rows, rows},
      {put_products,
       together({skus, numbers("NULL"), texts("'Item'"), one, one, numbers("0"), one, numbers("0"),
                 numbers("0"), one, times, numbers("3")}),
       rows},
      {change_products, together({skus, one, one, one, numbers("0"), numbers("0"), one, times}), rows, rows},
      insertion_of_orders(values),
      change_of_orders(values),
      {clear_items, orders, 2 * rows, rows},
      {insert_items,
       together({orders, positions, orders, texts("'SKU-1'"), numbers("NULL"), one, one, same("false", n),
                 no_ids, times}),
       rows},
  };
}

std::vector<execution> writes_of_all_else(const postgres_database& database) {
  const column_values values(database);
  constexpr auto numbers = column_values::numbers;
  constexpr auto texts = column_values::texts;
  constexpr int n = rows_written;
  constexpr double rows = n;
  const std::string times = same("now()", n);
  const std::string one = numbers("1");
  const std::string accounts = values.keys("id", "accounts");
  const std::string holds = values.keys("order_id", "account_holds");
  const std::string requests = values.keys("key", "requests");
  const std::string new_accounts = values.keys("'new ' || i", "generate_series(1, 50) i");
  const std::string bare_orders = values.keys("id", "orders WHERE get_byte(uuid_send(id), 15) >= 32");
  const std::string reservations = values.keys("id", "reservations");
  const std::string new_seqs = values.keys("20000000 + i", "generate_series(1, 50) i");
  const std::string new_ids = values.keys("gen_random_uuid()", "generate_series(1, 50)");
  const std::string no_ids = same("NULL::uuid", n);
  using namespace postgres_row_texts;
  return {
      {drop_orders, bare_orders, rows, rows},
      {insert_reservations,
       together({new_ids, texts("'SKU-1'"), one, texts("'someone'"), texts("'active'"), times, times, no_ids,
                 one, same("NULL::timestamptz", n)}),
       rows},
      {change_reservations,
       together({reservations, numbers("9"), texts("'released'"), times, times, same("false", n), no_ids}),
       rows, rows},
      {insert_events,
       together({new_seqs, new_ids, texts("NULL"), texts("NULL"), no_ids, one, texts("'order_created'"),
                 same("32::int2", n), times, same("'x'::bytea", n), same("NULL::bytea", n)}),
       rows},
      {sql::purge_reservations, "now() - interval '1 day', 100", 100, 100},
      {insert_accounts,
       together({new_accounts, times, one, one, same("2::int8", n), numbers("0"), numbers("0"), one, times}),
       rows},
      {change_accounts,
       together({accounts, one, one, same("2::int8", n), numbers("0"), numbers("0"), one, times}), rows,
       rows},
      {put_holds, together({holds, texts("'customer-1'"), one, one, same("true", n)}), rows},
      {escrow_holds, holds, rows, rows},
      {drop_holds, holds, rows, rows},
      {put_requests,
       together(
           {requests, requests, no_ids, times, numbers("200"), same("''::bytea", n), same("''::bytea", n)}),
       rows},
      {sql::purge_requests, "now() - interval '1 day', 100", 100, 100},
  };
}

/// What links events to those before them, and drops the oldest.
std::vector<execution> writes_of_history(const postgres_database& database) {
  const column_values values(database);
  constexpr int n = rows_written;
  constexpr double rows = n;
  const std::string versions = column_values::numbers("9");
  const std::string seqs = values.keys("seq", "events");
  const std::string link = "sha256('x'::bytea)";
  const std::string kinds = column_values::texts("'stock'");
  const std::string entities = values.keys("entity", "history_checkpoints");
  using namespace postgres_chain_texts;
  return {
      {links_of_stock, together({values.keys("sku", "products"), versions}), rows},
      {links_of_orders, together({values.keys("order_id", "order_items"), versions}), rows, rows},
      {links_of_accounts, together({values.keys("id", "accounts"), versions}), rows},
      {history_bounds, "", 1},
      {raw_events, "1, 40000000, 5000", 5'000, 5'000},
      {put_links, together({seqs, same(link, n)}), rows, rows},
      {move_unchained, "NULL", 1},
      {checkpoints_of, together({kinds, entities}), rows, rows},
      {put_checkpoints,
       together(
           {kinds, entities, versions, versions, same("now()", n), same(link, n), same("'x'::bytea", n)}),
       rows},
      {drop_checkpoints, together({kinds, entities}), rows, rows},
      {drop_events, "1, 1000", 1'000, 1'000},
      {move_dropped, "1000, 0", 1},
  };
}

/// Every statement of a batch over rows that are there, as far as it changes rows.
std::vector<execution> writes(const postgres_database& database) {
  auto all = writes_of_items_and_orders(database);
  for (const auto& more : {writes_of_all_else(database), writes_of_history(database)}) {
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

/// `require_indexed` undoes what it runs.
BOOST_AUTO_TEST_CASE(no_batch_reads_more_than_the_rows_that_it_writes) {
  const auto all = writes(large());
  for (const auto part :
       {postgres_row_statements(), postgres_chain::statements(), postgres_history_statements()}) {
    for (const postgres_statement& each : part) {
      const std::string_view name = each.name;
      const auto is_it = [&](const execution& run) { return name == run.statement.name; };
      BOOST_TEST(std::any_of(all.begin(), all.end(), is_it), name);
    }
  }
  for (const char* mode : {"force_generic_plan", "force_custom_plan"}) {
    for (const execution& run : all) {
      require_indexed(large(), run, std::string("SET plan_cache_mode = ") + mode);
    }
  }
}

BOOST_AUTO_TEST_CASE(plans_made_for_empty_tables_serve_large_ones_too) {
  const postgres_database database;
  must(migrate_postgres(database.options()));
  for (const char* mode : {"force_generic_plan", "force_custom_plan"}) {
    const std::string settings = std::string(sql::session) + ";SET plan_cache_mode = " + mode;
    for (const execution& run : lists_of_orders()) {
      require_indexed(database, run, settings);
    }
    for (const execution& run : all_others()) {
      require_indexed(database, run, settings);
    }
  }
}

/// A cursor reads its page and no more, and nothing is sorted: that is left to its index.
BOOST_AUTO_TEST_CASE(a_snapshot_is_read_along_indexes) {
  constexpr std::array indexes = {"products_pkey",
                                  "reservations_active",
                                  "orders_pkey",
                                  "order_items_pkey",
                                  "accounts_pkey",
                                  "account_holds_of_account",
                                  "events_of_stock",
                                  "events_of_order",
                                  "events_of_account",
                                  "history_checkpoints_pkey",
                                  "history_checkpoints_pkey",
                                  "history_checkpoints_pkey"};
  static_assert(indexes.size() == sql::all_scans.size());
  for (std::size_t i = 0; i < indexes.size(); ++i) {
    const auto& scan = sql::all_scans[i];
    const std::string page = std::string(scan.select.sql) + " LIMIT 1000";
    require_indexed(large(), {{scan.select.name, page.c_str()}, "", 1'000, 1'000, indexes[i]}, sql::session);
  }
}

/// Scans of the tables that grow, as the server has counted them.
std::string scans(const postgres_database& database) {
  const auto rows =
      database.query("SELECT string_agg(relname || ' ' || seq_scan || ' ' || seq_tup_read || ' ' || "
                     "COALESCE(idx_scan, 0) || "
                     "' ' || COALESCE(idx_tup_fetch, 0), ', ' ORDER BY relname) FROM pg_stat_user_tables "
                     "WHERE relname IN ('orders', 'order_items', 'events', 'reservations', 'products')");
  return rows.at(0).at(0);
}

/// Rows of events aside that were read, of which there is a limit.
long aside_rows_read(const postgres_database& database) {
  const auto rows = database.query("SELECT seq_tup_read + COALESCE(idx_tup_fetch, 0) FROM "
                                   "pg_stat_user_tables WHERE relname = 'events_aside'");
  return std::stol(rows.at(0).at(0));
}

/// A session tells the server what it has read when it ends.
void await_end_of_sessions(const postgres_database& database) {
  test::eventually("the sessions to end", [&] {
    return database
        .query("SELECT FROM pg_stat_activity WHERE datname = current_database() AND "
               "pid <> pg_backend_pid()")
        .empty();
  });
}

BOOST_AUTO_TEST_CASE(opening_a_store_reads_nothing_that_grows_with_it) {
  postgres_database& database = large();
  await_end_of_sessions(database);
  const std::string before = scans(database);
  const long aside_before = aside_rows_read(database);
  {
    const auto whole = database.open();
    const auto writer = must(whole->open_writer());
    const auto reader = must(whole->open_reader());
    const auto another = must(whole->open_reader());
    must(writer->open_obligations());
  }
  await_end_of_sessions(database);
  BOOST_TEST(scans(database) == before);
  BOOST_TEST(aside_rows_read(database) - aside_before <= 3 * events_aside_in_large);
  {
    const auto reader = must(database.open()->open_reader());
    BOOST_TEST(must(reader->list_orders({})).items.size() == 20U);
  }
  await_end_of_sessions(database);
  BOOST_TEST(scans(database) != before, "what is read is counted");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace orderd
