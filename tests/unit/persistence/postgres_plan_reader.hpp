/// What PostgreSQL does for a statement, and whether it may.
#pragma once

#include "tests/support/json_view.hpp"
#include "tests/unit/persistence/postgres_database.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace orderd::test {

/// A statement as it is run, with the most rows that it may look at in any one table, and the least in one.
struct execution {
  postgres_statement statement;
  std::string arguments;
  double rows_max;
  double rows_min = 0;
  std::string index = {}; ///< by which it has to be read, if another yields the same order
};

/// What a plan did in one table.
struct reading {
  std::string node;
  std::string relation;
  double rows = 0; ///< returned and filtered out, over all loops
};

inline double number(const json_view& node, const char* name) {
  return node.has(name) ? std::stod(node[name].minified()) : 0;
}

/// The tables that a plan reads, with every complaint about how.
class plan_reader {
 public:
  explicit plan_reader(const json_view& plan) { look(plan); }

  [[nodiscard]] const std::vector<reading>& readings() const { return readings_; }
  [[nodiscard]] const std::vector<std::string>& complaints() const { return complaints_; }

 private:
  void look(const json_view& node) {
    const std::string type = node["Node Type"].text();
    if (node.has("Relation Name")) {
      const std::string relation = node["Relation Name"].text();
      const double looked_at = number(node, "Actual Rows") + number(node, "Rows Removed by Filter") +
                               number(node, "Rows Removed by Index Recheck");
      readings_.push_back({type, relation, looked_at * number(node, "Actual Loops")});
      if (relation != "node" && type == "Seq Scan") {
        complaints_.push_back(type + " on " + relation);
      }
    }
    if (!node.has("Plans")) {
      return;
    }
    for (const json_view& each : node["Plans"].elements()) {
      look(each);
    }
    // A sort of what is at hand, such as the lines of one page, is no sort of a table.
    const json_view input = node["Plans"].at(0);
    const double sorted = number(input, "Actual Rows") * number(input, "Actual Loops");
    if ((type == "Sort" || type == "Incremental Sort") && sorted > rows_at_hand_max) {
      complaints_.push_back("a sort of " + std::to_string(sorted) + " rows");
    }
  }

  static constexpr double rows_at_hand_max = 100;

  std::vector<reading> readings_;
  std::vector<std::string> complaints_;
};

/// Runs the statement as a prepared one in a session as `settings` sets it up.
inline json_view plan_of(const postgres_database& database, const execution& run,
                         const std::string& settings) {
  const std::string name = run.statement.name;
  const auto rows = database.query(settings + ";PREPARE " + name + " AS " + run.statement.sql +
                                   ";BEGIN;EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) EXECUTE " + name +
                                   (run.arguments.empty() ? "" : "(" + run.arguments + ")"));
  return json_view::parse(rows.at(0).at(0)).at(0)["Plan"];
}

/// Requires that the statement reads no more than it may, along indexes.
inline void require_indexed(const postgres_database& database, const execution& run,
                            const std::string& settings) {
  const json_view plan = plan_of(database, run, settings);
  const plan_reader read(plan);
  const std::string what =
      std::string(run.statement.name) + "(" + run.arguments + ") under " + settings + '\n' + plan.minified();
  for (const std::string& complaint : read.complaints()) {
    BOOST_ERROR(complaint << " in " << what);
  }
  BOOST_TEST(what.find(run.index) != std::string::npos, "no use of " << run.index << " in " << what);
  double most = 0;
  for (const reading& each : read.readings()) {
    BOOST_TEST(each.rows <= run.rows_max,
               each.node << " of " << each.relation << " looked at " << each.rows << " rows in " << what);
    most = std::max(most, each.rows);
  }
  BOOST_TEST(most >= run.rows_min, "nothing that could be too much was looked at in " << what);
}

} // namespace orderd::test
