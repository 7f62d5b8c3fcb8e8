#include "persistence/postgres_queries.hpp"
#include "persistence/postgres_row_writer.hpp"
#include "tests/support/json_view.hpp"
#include "tests/support/million_orders.hpp"
#include "tests/unit/persistence/postgres_database.hpp"

#include <algorithm>
#include <array>
#include <functional>

namespace orderd {
namespace {

using test::json_view;
using test::must;
using test::postgres_database;

namespace sql = postgres_queries;

constexpr const char* what_belongs_to_them = R"sql(
SET session_replication_role = replica;
INSERT INTO products SELECT 'SKU-' || i, i, 'Item ' || i, 100, 1000, 0, 1000, 0, 0, 1, now()
  FROM generate_series(1, 100000) i;
INSERT INTO order_items SELECT id, p, id, 'SKU-' || p, NULL, 1, 250, false, NULL, created_at
  FROM orders, generate_series(0, 1) p WHERE get_byte(uuid_send(id), 15) < 32;
INSERT INTO events SELECT row_number() OVER (), id, NULL, v, 'order_created', 32, created_at, '\x00'
  FROM orders, generate_series(1, 2) v WHERE get_byte(uuid_send(id), 15) < 32;
INSERT INTO reservations
SELECT gen_random_uuid(), 'SKU-' || (i * i) % 99991, 1, 'someone', state, now(),
       CASE WHEN i % 3 = 0 THEN now() END, CASE WHEN i % 3 > 0 THEN gen_random_uuid() END, 2,
       CASE WHEN state <> 'active' THEN now() - i * interval '1 s' END
  FROM generate_series(1::bigint, 200000) i,
       LATERAL (SELECT (ARRAY['active', 'committed', 'released', 'expired'])[1 + i % 4] AS state) s;
INSERT INTO events_aside
SELECT 10000000 + i, 'stock', convert_to('SKU-' || i % 10, 'UTF8'), 5, 2, now(), '\x00', 'none', now()
  FROM generate_series(1, 1000) i;
ANALYZE;
)sql";

/// The database with it all, made once for the suite.
class large_database {
 public:
  large_database() : server_({.parent = {}, .settings = test::settings_for_many_rows()}), database_(server_) {
    must(migrate_postgres(database_.options()));
    test::load_million_orders(database_.url());
    database_.query(what_belongs_to_them);
  }

  [[nodiscard]] postgres_database& operator*() { return database_; }

 private:
  test::postgres_server server_;
  postgres_database database_;
};

postgres_database& large() {
  static large_database made;
  return *made;
}

/// A statement as it is run, with the most rows that it may look at in any one table.
struct execution {
  postgres_statement statement;
  std::string arguments;
  double rows_max;
};

/// What a plan did in one table.
struct reading {
  std::string node;
  std::string relation;
  double rows = 0; ///< returned and filtered out, over all loops
};

double number(const json_view& node, const char* name) {
  return node.has(name) ? std::stod(node[name].minified()) : 0;
}

/// The tables that a plan reads, with every complaint about how.
class plan_reader {
 public:
  explicit plan_reader(const json_view& plan) { look(plan); }

  [[nodiscard]] const std::vector<reading>& readings() const { return readings_; }
  [[nodiscard]] const std::vector<std::string>& complaints() const { return complaints_; }

 private:
  /// Returns how many rows the scans below looked at.
  double look(const json_view& node) {
    const std::string type = node["Node Type"].text();
    double rows = 0;
    if (node.has("Relation Name")) {
      const std::string relation = node["Relation Name"].text();
      rows = (number(node, "Actual Rows") + number(node, "Rows Removed by Filter") +
              number(node, "Rows Removed by Index Recheck")) *
             number(node, "Actual Loops");
      readings_.push_back({type, relation, rows});
      if (relation != "node" && type == "Seq Scan") {
        complaints_.push_back(type + " on " + relation);
      }
    }
    if (node.has("Plans")) {
      for (const json_view& each : node["Plans"].elements()) {
        rows += look(each);
      }
    }
    // A sort of what is at hand, such as the lines of one order, is no sort of a table. An incremental one
    // has its order from an index but for what is within one order.
    if (type == "Sort" && rows > rows_at_hand_max) {
      complaints_.push_back("a sort of " + std::to_string(rows) + " rows");
    }
    return rows;
  }

  static constexpr double rows_at_hand_max = 100;

  std::vector<reading> readings_;
  std::vector<std::string> complaints_;
};

/// Runs the statement as a prepared one in a session as `settings` sets it up.
json_view plan_of(const postgres_database& database, const execution& run, const std::string& settings) {
  const std::string name = run.statement.name;
  const auto rows = database.query(settings + ";PREPARE " + name + " AS " + run.statement.sql +
                                   ";BEGIN;EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) EXECUTE " + name +
                                   (run.arguments.empty() ? "" : "(" + run.arguments + ")"));
  return json_view::parse(rows.at(0).at(0)).at(0)["Plan"];
}

void require_indexed(const postgres_database& database, const execution& run, const std::string& settings) {
  const json_view plan = plan_of(database, run, settings);
  const plan_reader read(plan);
  const std::string what =
      std::string(run.statement.name) + "(" + run.arguments + ") under " + settings + '\n' + plan.minified();
  for (const std::string& complaint : read.complaints()) {
    BOOST_ERROR(complaint << " in " << what);
  }
  for (const reading& each : read.readings()) {
    BOOST_TEST(each.rows <= run.rows_max,
               each.node << " of " << each.relation << " looked at " << each.rows << " rows in " << what);
  }
}

/// Every list of orders: filters, ranges, a page by key and a page by number.
std::vector<execution> lists_of_orders() {
  constexpr const char* nobody = "'00000000-0000-0000-0000-000000000000'";
  const std::string middle = "'2023-11-15 12:00:00+00', '018bd0d7-7200-7000-8000-000000000000'";
  const std::array<std::string, 4> ranges = {
      std::string("'-infinity', 'infinity', ") + nobody, "'-infinity', " + middle,
      "'2023-11-15 11:00:00+00', 'infinity', " + std::string(nobody), "'2023-11-15 11:00:00+00', " + middle};
  // The greatest number of rows that match a filter by customer: what its index has to show at most.
  constexpr double of_customer_max = 1'100;
  const std::array<std::vector<std::string>, 4> filters = {
      std::vector<std::string>{""},
      {", 'completed'", ", 'draft'", ", 'accepted'"},
      {", 'customer-1'", ", 'whale'", ", 'nobody'"},
      {", 'customer-1', 'completed'", ", 'whale', 'accepted'", ", 'nobody', 'draft'"}};
  std::vector<execution> runs;
  for (std::size_t filter = 0; filter < filters.size(); ++filter) {
    for (const std::string& range : ranges) {
      for (const std::string& values : filters[filter]) {
        const double most = filter == 3 ? of_customer_max : 0;
        runs.push_back({sql::list_orders[filter], range + ", 21, 0" + values, std::max(most, 42.0)});
        runs.push_back({sql::list_orders[filter], range + ", 21, 5000" + values, std::max(most, 5'021.0)});
        runs.push_back({sql::count_orders[filter], range + values, double{rows_counted_max}});
      }
    }
  }
  return runs;
}

std::vector<execution> all_others() {
  const std::string order = "'018bd0d7-7200-7000-8000-000000000000'";
  return {
      {sql::load_order, order, 4},
      {sql::load_stock, "'SKU-5'", 100},
      {sql::load_reservation, order, 4},
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

BOOST_AUTO_TEST_CASE(the_purge_follows_its_index_at_a_million_orders) {
  for (const char* mode : {"force_generic_plan", "force_custom_plan"}) {
    require_indexed(large(), {sql::purge_reservations, "now() - interval '1 day', 100", 100},
                    std::string("SET plan_cache_mode = ") + mode);
  }
}

/// A call with nulls: their plans are those for values that are not known yet.
std::string nulls_for(std::string_view text) {
  std::size_t count = 0;
  while (text.find('$' + std::to_string(count + 1)) != std::string_view::npos) {
    ++count;
  }
  std::string all;
  for (std::size_t i = 0; i < count; ++i) {
    all += i == 0 ? "NULL" : ", NULL";
  }
  return all;
}

BOOST_AUTO_TEST_CASE(no_batch_reads_a_table_whole) {
  for (const postgres_statement& each : postgres_row_statements()) {
    require_indexed(large(), {each, nulls_for(each.sql), 0}, "SET plan_cache_mode = force_generic_plan");
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

/// Scans of the tables that grow, as the server has counted them.
std::string scans(const postgres_database& database) {
  const auto rows =
      database.query("SELECT string_agg(relname || ' ' || seq_scan || ' ' || seq_tup_read || ' ' || "
                     "COALESCE(idx_scan, 0) || "
                     "' ' || COALESCE(idx_tup_fetch, 0), ', ' ORDER BY relname) FROM pg_stat_user_tables "
                     "WHERE relname IN ('orders', 'order_items', 'events', 'reservations', 'products')");
  return rows.at(0).at(0);
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
  {
    const auto whole = database.open();
    const auto writer = must(whole->open_writer());
    const auto reader = must(whole->open_reader());
    const auto another = must(whole->open_reader());
    must(writer->open_obligations());
  }
  await_end_of_sessions(database);
  BOOST_TEST(scans(database) == before);
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
