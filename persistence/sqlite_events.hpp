/// Events as the SQLite store keeps them: its history and what is set aside.
#pragma once

#include "persistence/history_checkpoint.hpp"
#include "persistence/sqlite_connection.hpp"
#include "persistence/store.hpp"
#include "persistence/write_set.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace orderd {

/// The event of a row (seq, tag, data, link). Errors: damaged, newer_format.
[[nodiscard]] result<sequenced_event> read_event(const sqlite_statement& row);
/// Reads the rows of a bound statement. Errors: damaged, newer_format, store_failed, locked.
[[nodiscard]] result<std::vector<sequenced_event>> read_events(sqlite_statement& bound);

/// The reader's statements over events. One thread; must not outlive its connection.
class sqlite_events {
 public:
  [[nodiscard]] result<void> prepare(sqlite_connection& connection);

  [[nodiscard]] result<std::vector<order_event>> timeline(const uuid& id, std::uint64_t after_version,
                                                          std::size_t limit);
  /// As `store_reader::account_entries`, for a limit that is bounded already.
  [[nodiscard]] result<account_entries_page> account_entries(const account_entries_query& query);
  /// As `store_reader::history`. Each page is a snapshot of its own: an event that comes back into the rows
  /// meanwhile keeps its sequence, and is neither lost nor told twice.
  [[nodiscard]] result<void> history(std::uint64_t from_seq,
                                     const std::function<result<void>(const sequenced_event&)>& visit);
  /// As those of `store_reader`. An event keeps its place for good, so that several snapshots are as one.
  [[nodiscard]] result<event_page> events_after(std::uint64_t seq, std::size_t limit);
  [[nodiscard]] result<std::optional<std::uint64_t>> first_event_since(timestamp at);
  [[nodiscard]] result<std::vector<sink_position>> sink_positions();

  [[nodiscard]] result<std::uint64_t> dropped_to();
  [[nodiscard]] result<std::optional<history_checkpoint>> checkpoint(const entity_key& of);
  [[nodiscard]] result<std::vector<sequenced_event>>
  stock_events(const std::string& sku, std::uint64_t after_version, std::size_t limit);

  /// What is aside of one order, item or account, which must live as long as the pages are read.
  [[nodiscard]] aside_pages aside_of(const uuid& order);
  [[nodiscard]] aside_pages aside_of(const std::string& sku);
  [[nodiscard]] aside_pages aside_of_account(const std::string& id);
  /// What is aside of an item and names the reservation, oldest first.
  [[nodiscard]] result<std::vector<event>> aside_of(const std::string& sku, const uuid& reservation);
  /// The items that have events aside.
  [[nodiscard]] result<std::vector<std::string>> aside_skus();

 private:
  [[nodiscard]] result<std::uint64_t> last_seq();

  sqlite_statement timeline_, account_entries_, history_, aside_of_account_;
  sqlite_statement aside_of_order_, aside_of_stock_, aside_of_reservation_, aside_skus_;
  sqlite_statement outbox_, first_event_, last_seq_, sink_positions_;
  sqlite_statement dropped_to_, checkpoint_, stock_events_;
};

} // namespace orderd
