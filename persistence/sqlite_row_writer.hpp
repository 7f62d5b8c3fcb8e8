/// Writes the rows of a write set through prepared statements, in a transaction that the caller holds.
#pragma once

#include "persistence/sqlite_chain.hpp"
#include "persistence/sqlite_connection.hpp"
#include "persistence/sqlite_ledger_writer.hpp"
#include "persistence/write_set.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace orderd {

/// One thread; must not outlive its connection. A stored row with the same version or a newer one is left
/// alone.
class sqlite_row_writer {
 public:
  /// Events are linked by `chain`, which must live as long.
  [[nodiscard]] static result<sqlite_row_writer> prepare(sqlite_connection& connection, sqlite_chain& chain);

  /// Writes everything in the set. Errors: no_space, store_failed, locked; refused when a row violates a
  /// constraint or a change is to be made to a row that is not there.
  [[nodiscard]] result<void> write(const write_set& rows);
  /// Writes one event beside the history. Without a reason it only follows another of its entity.
  [[nodiscard]] result<void> write_aside(const sequenced_event& e, std::optional<std::string_view> reason);

  /// Removes reservations that ended before `cutoff`, the longest ended first and at most `max` of them.
  [[nodiscard]] result<void> purge(timestamp cutoff, std::size_t max);
  /// Stores what is remembered of a request.
  [[nodiscard]] result<void> remember(const request_record& record) { return ledger_.remember(record); }
  /// Removes requests from before `cutoff`, the oldest first and at most `max` of them.
  [[nodiscard]] result<void> forget(timestamp cutoff, std::size_t max) { return ledger_.forget(cutoff, max); }

 private:
  sqlite_row_writer(sqlite_connection& connection, sqlite_chain& chain) noexcept
      : connection_(&connection), chain_(&chain) {}

  [[nodiscard]] result<void> write_stock(std::span<const stock_row> rows);
  [[nodiscard]] result<void> define(const stock_row& row);
  [[nodiscard]] result<void> write(const order_row& row);
  [[nodiscard]] result<void> insert(const order_row& row);
  [[nodiscard]] result<void> update(const order_row& row);
  [[nodiscard]] result<void> withdraw(const order_row& row);
  [[nodiscard]] std::optional<blob_view> placing_of(const order_row& row);
  [[nodiscard]] result<void> write_lines(const order_row& row);
  [[nodiscard]] result<void> write(const reservation_row& row);
  [[nodiscard]] result<void> write_event(const sequenced_event& e);
  void encode(const sequenced_event& e);
  template <class Last>
  [[nodiscard]] result<void> insert(sqlite_statement& into, const sequenced_event& e,
                                    const sqlite_entity& entity, const Last& last);

  sqlite_connection* connection_;
  sqlite_chain* chain_;
  sqlite_statement find_stock_, clear_product_id_, upsert_stock_, update_stock_;
  sqlite_statement find_order_, upsert_order_, update_order_, clear_lines_, insert_line_;
  sqlite_statement withdraw_lines_, withdraw_order_;
  sqlite_statement find_reservation_, upsert_reservation_, update_reservation_, purge_reservations_;
  sqlite_statement insert_event_, insert_aside_;
  sqlite_ledger_writer ledger_;
  std::string payload_; ///< of the event or order that is being written
};

} // namespace orderd
