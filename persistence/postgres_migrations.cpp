#include "persistence/postgres_migrations.hpp"

#include "persistence/postgres_connection.hpp"
#include "persistence/postgres_name.hpp"
#include "persistence/postgres_schema.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>

namespace orderd {
namespace {

const std::array<postgres_migration, 4> steps_of_schema = {
    {{1, "all tables", postgres_first_schema},
     {2, "the whole life of orders: payments, accounts and remembered requests", postgres_life_of_orders},
     {3, "sinks of events, and thresholds of low items", postgres_sinks_of_events},
     {4, "links of events, and checkpoints of those that are dropped", postgres_chain_of_events}}};

/// Looks in the catalogue alone, which every role may read: is the schema there, is its `schema_migrations`
/// ours (other programs have a table of this name, too), and which of our tables' names are taken.
constexpr postgres_statement look_around = {"look_around", R"sql(
WITH relations AS (
  SELECT c.oid, c.relname FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1::text)
SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1::text),
       (SELECT count(*) = 3 FROM relations r JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid
         WHERE r.relname = 'schema_migrations' AND NOT a.attisdropped
           AND a.attname IN ('version', 'description', 'applied_at')),
       (SELECT string_agg(relname::text, ', ' ORDER BY relname) FROM relations
         WHERE relname IN ('schema_migrations', 'node', 'products', 'orders', 'order_items', 'reservations',
                           'events', 'events_aside', 'obligations', 'accounts', 'account_holds',
                           'payouts_due', 'requests', 'ledger_check', 'event_sinks',
                           'history_checkpoints')))sql"};
constexpr postgres_statement read_number = {
    "read_number", "SELECT COALESCE(MAX(version), 0)::bigint FROM schema_migrations"};

/// A step that looks at every row of a large database takes its time; what it must not wait for long is
/// somebody else's lock.
constexpr std::chrono::hours step_longest{1};

constexpr const char* bookkeeping = R"sql(
CREATE TABLE schema_migrations (
  version     integer     PRIMARY KEY,
  description text        NOT NULL,
  applied_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE schema_migrations IS 'The steps that brought this schema to its present form';
COMMENT ON COLUMN schema_migrations.version IS 'The step''s number; the highest is the schema''s';
COMMENT ON COLUMN schema_migrations.description IS 'What the step was for';
COMMENT ON COLUMN schema_migrations.applied_at IS 'When it was applied, by the database server''s clock';
)sql";

/// What is there before anything is changed.
struct present_schema {
  bool exists = false;
  int number = 0; ///< 0: none of our tables
};

result<int> number_of(const postgres_options& options) {
  auto connection = postgres_connection::open(options, std::span(&read_number, 1));
  if (!connection) {
    return tl::unexpected(connection.error());
  }
  const auto rows = connection->run(read_number, {});
  return rows ? result<int>(static_cast<int>(rows->integer(0, 0))) : tl::unexpected(rows.error());
}

/// Refuses a schema that something else filled, or a newer program.
result<present_schema> look(const postgres_options& options, std::span<const postgres_migration> steps) {
  auto connection = postgres_connection::open(options, std::span(&look_around, 1));
  if (!connection) {
    return tl::unexpected(connection.error());
  }
  const auto rows = connection->run(look_around, postgres_parameters().add(std::string_view(options.schema)));
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  present_schema found{rows->integer(0, 0) != 0, 0};
  if (rows->integer(0, 1) == 0) {
    if (!rows->is_null(0, 2)) {
      return fail(error_code::invalid_setting,
                  "the schema " + quoted_name(options.schema) + " has tables of another program (" +
                      std::string(rows->text(0, 2)) + "): name an unused schema in DB_SCHEMA");
    }
    return found;
  }
  const auto number = number_of(options);
  if (!number) {
    return tl::unexpected(number.error());
  }
  found.number = *number;
  if (found.number > steps.back().number) {
    return fail(error_code::newer_format, "the database schema " + quoted_name(options.schema) +
                                              " has number " + std::to_string(found.number) +
                                              ", this program knows numbers up to " +
                                              std::to_string(steps.back().number));
  }
  return found;
}

/// One transaction: the server runs texts that come together as one.
std::string text_of(const postgres_migration& step, const postgres_options& options,
                    const present_schema& before) {
  // The lock is the database's, so steps of two schemas wait for each other, which does no harm: "ordd".
  std::string sql = "SELECT pg_catalog.pg_advisory_xact_lock(x'6F726464'::bigint);"
                    "SET LOCAL lock_timeout = " +
                    std::to_string(options.statement_timeout.count()) + ';';
  if (!before.exists) {
    sql += "CREATE SCHEMA IF NOT EXISTS " + quoted_name(options.schema) + ';';
  }
  if (before.number == 0 && step.number == 1) {
    sql += bookkeeping;
  }
  // First, so that a step which another process has applied meanwhile fails here.
  sql += "INSERT INTO schema_migrations (version, description) VALUES (" + std::to_string(step.number) +
         ", '" + step.description + "');";
  return sql + step.sql;
}

result<void> apply_step(const postgres_migration& step, const postgres_options& options,
                        const present_schema& before, std::span<const postgres_migration> steps) {
  auto patient = options;
  patient.statement_timeout = std::max<std::chrono::milliseconds>(options.statement_timeout, step_longest);
  auto connection = postgres_connection::open(patient, {});
  const auto done = connection ? connection->execute(text_of(step, options, before))
                               : result<void>(tl::unexpected(connection.error()));
  if (done) {
    return {};
  }
  // Another process may have been faster.
  const auto now = look(options, steps);
  if (now && now->number >= step.number) {
    return {};
  }
  return fail(done.error().code, "the database schema " + quoted_name(options.schema) +
                                     " could not be brought to number " + std::to_string(step.number) + ": " +
                                     done.error().detail);
}

} // namespace

std::span<const postgres_migration> postgres_migrations() noexcept { return steps_of_schema; }

result<int> migrate(const postgres_options& options, std::span<const postgres_migration> steps) {
  const auto before = look(options, steps);
  if (!before) {
    return tl::unexpected(before.error());
  }
  for (const postgres_migration& step : steps) {
    if (step.number <= before->number) {
      continue;
    }
    if (auto applied = apply_step(step, options, *before, steps); !applied) {
      return tl::unexpected(applied.error());
    }
  }
  return steps.back().number;
}

result<void> check_schema(const postgres_options& options, std::span<const postgres_migration> steps) {
  const auto found = look(options, steps);
  if (!found) {
    return tl::unexpected(found.error());
  }
  if (found->number != steps.back().number) {
    return fail(error_code::store_failed, "the database schema " + quoted_name(options.schema) +
                                              " has number " + std::to_string(found->number) +
                                              " and waits for a writer to bring it to " +
                                              std::to_string(steps.back().number));
  }
  return {};
}

} // namespace orderd
