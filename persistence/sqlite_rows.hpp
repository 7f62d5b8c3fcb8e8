/// What the rows of the SQLite store say, in the columns of sqlite_queries.hpp.
#pragma once

#include "domain/obligations.hpp"
#include "persistence/history_checkpoint.hpp"
#include "persistence/sqlite_connection.hpp"
#include "persistence/store_queries.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace orderd {

/// Of `load_order`; without lines, and without what a placement has reserved.
[[nodiscard]] order order_of(const uuid& id, const sqlite_statement& row);
/// Whether the column holds what a placement has reserved, or nothing.
[[nodiscard]] bool read_placing_into(order& o, const sqlite_statement& row);
/// Of `load_lines`.
[[nodiscard]] order_line line_of(const sqlite_statement& row);

// Of `list_stock` and `load_stock`; totals are in the latter alone.
[[nodiscard]] product product_of(const sqlite_statement& row);
[[nodiscard]] stock_view view_of(const sqlite_statement& row);
[[nodiscard]] stock_totals totals_of(const sqlite_statement& row);
[[nodiscard]] stored_reservation reservation_of(const sqlite_statement& row);

// Of `load_account` and `load_holds`.
[[nodiscard]] account_view account_of(const std::string& id, const sqlite_statement& row);
[[nodiscard]] account_totals account_totals_of(const sqlite_statement& row);
[[nodiscard]] account_hold hold_of(const sqlite_statement& row);

/// Binds an entity as the tables name it; more values follow.
template <class... More>
sqlite_statement& bind_entity(sqlite_statement& statement, const entity_key& entity, const More&... more) {
  const auto kind = static_cast<std::int64_t>(entity.kind);
  return entity.kind == entity_kind::order ? statement.bind(kind, blob_view{entity.key}, more...)
                                           : statement.bind(kind, std::string_view(entity.key), more...);
}
/// Of `checkpoint`. Errors: damaged, without a link.
[[nodiscard]] result<history_checkpoint> checkpoint_of(entity_kind kind, const sqlite_statement& row);

// Reads all that there are.
[[nodiscard]] result<std::vector<obligation>> read_obligations(sqlite_connection& connection);
[[nodiscard]] result<std::vector<payout_due>> read_payouts(sqlite_connection& connection);

} // namespace orderd
