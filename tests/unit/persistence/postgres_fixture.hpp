/// A database of PostgreSQL for the tests of the store's writing side, and what they ask of it.
#pragma once

#include "persistence/postgres_writer.hpp"
#include "tests/support/postgres_server.hpp"
#include "tests/unit/persistence/store_contract.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace orderd::test {

/// Options that no slow machine runs out of.
inline postgres_options patient(std::string conninfo, std::string schema = "public") {
  postgres_options options;
  options.conninfo = std::move(conninfo);
  options.schema = std::move(schema);
  options.connect_timeout = std::chrono::seconds(60);
  options.statement_timeout = std::chrono::seconds(60);
  return options;
}

template <class T> void require_error(const result<T>& outcome, error_code code, std::string_view part = {}) {
  BOOST_REQUIRE(!outcome);
  BOOST_TEST_REQUIRE(static_cast<int>(outcome.error().code) == static_cast<int>(code),
                     outcome.error().detail);
  BOOST_TEST(outcome.error().detail.find(part) != std::string::npos, outcome.error().detail);
}

/// An empty database of its own and, once opened, a writer of it.
struct postgres_fixture {
  temporary_database database;

  [[nodiscard]] std::unique_ptr<postgres_writer> open() const {
    return must(postgres_writer::open(patient(database.url())));
  }
  [[nodiscard]] std::string value(const std::string& sql) const { return database.value(sql); }
  /// Returns when so many sessions of the engine's kind are left.
  void await_sessions(int count) const {
    eventually("sessions end", [&] {
      return value("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'orderd' "
                   "AND datname = current_database()") == std::to_string(count);
    });
  }
  /// Every row of every table but `node`'s times, as one text.
  [[nodiscard]] std::string contents() const {
    return value("SELECT string_agg(row, E'\\n' ORDER BY row) FROM ("
                 "SELECT 'node ' || identity || applied_seq AS row FROM node UNION ALL "
                 "SELECT 'products ' || t::text FROM products t UNION ALL "
                 "SELECT 'orders ' || t::text FROM orders t UNION ALL "
                 "SELECT 'order_items ' || t::text FROM order_items t UNION ALL "
                 "SELECT 'reservations ' || t::text FROM reservations t UNION ALL "
                 "SELECT 'events ' || t::text FROM events t UNION ALL "
                 "SELECT 'events_aside ' || t::text FROM events_aside t UNION ALL "
                 "SELECT 'obligations ' || t::text FROM obligations t UNION ALL "
                 "SELECT 'accounts ' || t::text FROM accounts t UNION ALL "
                 "SELECT 'account_holds ' || t::text FROM account_holds t UNION ALL "
                 "SELECT 'payouts_due ' || t::text FROM payouts_due t UNION ALL "
                 "SELECT 'requests ' || t::text FROM requests t UNION ALL "
                 "SELECT 'history_checkpoints ' || t::text FROM history_checkpoints t UNION ALL "
                 "SELECT 'event_sinks ' || sink || ' ' || seq FROM event_sinks) AS rows");
  }
};

} // namespace orderd::test
