/// One moment of the SQLite store, entity by entity.
#pragma once

#include "persistence/audit_snapshot.hpp"
#include "persistence/sqlite_connection.hpp"
#include "persistence/sqlite_snapshots_open.hpp"

#include <array>
#include <memory>
#include <optional>
#include <string>

namespace orderd {

/// Holds a read transaction: SQLite's log cannot start over, and grows, while it lives.
class sqlite_snapshot final : public audit_snapshot {
 public:
  /// Opens a file that a writer has opened before, and counts among the snapshots of it. Errors:
  /// store_failed, locked, damaged, newer_format.
  [[nodiscard]] static result<std::unique_ptr<audit_snapshot>>
  open(const std::string& path, sqlite_access access, sqlite_snapshots_open among);

  [[nodiscard]] result<history_span> span() override;
  [[nodiscard]] result<std::optional<stored_entity>> next_entity(entity_kind kind) override;
  [[nodiscard]] result<std::optional<sequenced_event>> next_event(entity_kind kind) override;
  [[nodiscard]] result<std::optional<history_checkpoint>> next_checkpoint(entity_kind kind) override;
  [[nodiscard]] result<std::vector<obligation>> open_obligations() override;
  [[nodiscard]] result<std::vector<payout_due>> open_payouts() override;
  [[nodiscard]] result<std::vector<entity_key>> aside() override;

 private:
  /// A statement that is stepped from call to call.
  struct cursor {
    sqlite_statement rows;
    bool at_end = false;
  };

  sqlite_snapshot(sqlite_connection connection, sqlite_snapshots_open among) noexcept
      : mark_(std::move(among)), connection_(std::move(connection)) {}

  [[nodiscard]] result<void> prepare();
  [[nodiscard]] static result<bool> step(cursor& rows);
  [[nodiscard]] result<stored_entity> item_of(const sqlite_statement& row);
  [[nodiscard]] result<stored_entity> order_of_row(const sqlite_statement& row);
  [[nodiscard]] result<stored_entity> account_of_row(const sqlite_statement& row);

  sqlite_snapshot_mark mark_; ///< ends behind all else
  sqlite_connection connection_;
  std::optional<sqlite_transaction> moment_;              ///< ends behind the statements, which it is for
  std::array<cursor, 3> entities_, events_, checkpoints_; ///< by kind
  sqlite_statement reservations_, lines_, holds_;
};

} // namespace orderd
