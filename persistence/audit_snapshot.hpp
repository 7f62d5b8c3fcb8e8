/// A whole store as it is at one moment, entity by entity: for comparing its history with its rows.
#pragma once

#include "config/result.hpp"
#include "domain/obligations.hpp"
#include "persistence/history_checkpoint.hpp"
#include "persistence/store.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace orderd {

/// A row with what belongs to it, as it is stored; not necessarily anything that adds up.
struct stored_stock {
  stock_view view;
  stock_totals totals;
  std::vector<reservation> active;
};
struct stored_account {
  account_view view;
  account_totals totals;
  std::vector<account_hold> holds;
};
struct stored_entity {
  entity_key key;
  std::variant<stored_stock, order_ptr, stored_account> row;
};

/// Where the history begins and ends, and how much there is of it.
struct history_span {
  std::uint64_t dropped_to = 0; ///< events up to here have been dropped; 0: none
  std::uint64_t last_seq = 0;   ///< the store's `applied_seq`
  std::uint64_t kept = 0;       ///< events and records behind `dropped_to`, those aside included
  std::uint64_t aside = 0;      ///< of these, what is aside: not in the cursors
  uuid identity = {};           ///< of the store
  bool has_unlinked = false; ///< an upgrade ended before all events had their links: the next start goes on
};

/// Reads one snapshot for as long as it lives. One thread; memory is bounded by a page of rows. Each cursor
/// goes through one kind in ascending order of keys (events: of keys, then versions), the kinds in any order,
/// and once. Errors of every call: store_failed, timed_out, locked; damaged for what cannot be decoded,
/// naming the row: the cursor may then be asked for the next one.
class audit_snapshot {
 public:
  virtual ~audit_snapshot() = default;

  [[nodiscard]] virtual result<history_span> span() = 0;
  [[nodiscard]] virtual result<std::optional<stored_entity>> next_entity(entity_kind kind) = 0;
  [[nodiscard]] virtual result<std::optional<sequenced_event>> next_event(entity_kind kind) = 0;
  [[nodiscard]] virtual result<std::optional<history_checkpoint>> next_checkpoint(entity_kind kind) = 0;
  /// What was open after `last_seq` between orders and stock, and between accounts.
  [[nodiscard]] virtual result<std::vector<obligation>> open_obligations() = 0;
  [[nodiscard]] virtual result<std::vector<payout_due>> open_payouts() = 0;
  /// Which entities have events aside: their rows are behind.
  [[nodiscard]] virtual result<std::vector<entity_key>> aside() = 0;
};

} // namespace orderd
