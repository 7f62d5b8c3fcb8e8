/// The PostgreSQL store as it is at one moment, read by cursors of one transaction.
#pragma once

#include "persistence/audit_snapshot.hpp"
#include "persistence/postgres_connection.hpp"
#include "persistence/postgres_position.hpp"
#include "persistence/postgres_snapshot_queries.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

namespace orderd {

/// The rows of one query, one after the other; a page of them is in memory.
class postgres_cursor {
 public:
  /// `of` lives for ever. The server is asked when the first row is.
  explicit postgres_cursor(const postgres_queries::postgres_scan& of) noexcept : of_(&of) {}

  /// Makes the next row the present one, unless there is one. False behind the last.
  [[nodiscard]] result<bool> ready(postgres_connection& connection);
  /// The present row, in these.
  [[nodiscard]] const postgres_rows& rows() const noexcept { return *page_; }
  [[nodiscard]] std::size_t row() const noexcept { return row_; }
  /// There is no present row any more.
  void pass() noexcept { ++row_; }

 private:
  const postgres_queries::postgres_scan* of_;
  std::optional<postgres_rows> page_;
  std::size_t row_ = 0;
  bool has_ended_ = false;
};

/// On a connection of its own. After an error other than damaged it is of no more use. The stop signal of the
/// options ends every call (timed_out).
class postgres_snapshot final : public audit_snapshot {
 public:
  /// Errors: those of a connection; behind, if the database lacks what `position` says was committed.
  [[nodiscard]] static result<std::unique_ptr<postgres_snapshot>> open(postgres_options options,
                                                                       const postgres_position& position);

  [[nodiscard]] result<history_span> span() override;
  [[nodiscard]] result<std::optional<stored_entity>> next_entity(entity_kind kind) override;
  [[nodiscard]] result<std::optional<sequenced_event>> next_event(entity_kind kind) override;
  [[nodiscard]] result<std::optional<history_checkpoint>> next_checkpoint(entity_kind kind) override;
  [[nodiscard]] result<std::vector<obligation>> open_obligations() override;
  [[nodiscard]] result<std::vector<payout_due>> open_payouts() override;
  [[nodiscard]] result<std::vector<entity_key>> aside() override;

 private:
  explicit postgres_snapshot(postgres_connection connection);

  [[nodiscard]] result<std::optional<stored_entity>> next_stock();
  [[nodiscard]] result<std::optional<stored_entity>> next_order();
  [[nodiscard]] result<std::optional<stored_entity>> next_account();

  /// An entity's row, and the rows that belong to it.
  struct entity_cursors {
    postgres_cursor entities;
    postgres_cursor parts;
  };

  postgres_connection connection_;
  std::array<entity_cursors, 3> entities_;
  std::array<postgres_cursor, 3> events_;
  std::array<postgres_cursor, 3> checkpoints_;
};

} // namespace orderd
