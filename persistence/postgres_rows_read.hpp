/// What the rows of the PostgreSQL store say, in the words of the domain. The order of the columns is that
/// of postgres_queries.hpp.
#pragma once

#include "config/result.hpp"
#include "domain/account.hpp"
#include "domain/stock.hpp"
#include "persistence/postgres_rows.hpp"
#include "persistence/store.hpp"

#include <optional>
#include <string>
#include <vector>

namespace orderd {

/// Columns in front of the one that says whether events are aside, in the statements for one entity.
inline constexpr int postgres_order_columns = 31;
inline constexpr int postgres_stock_columns = 20;
inline constexpr int postgres_reservation_columns = 8;
inline constexpr int postgres_account_columns = 13;

/// Rows that no rule could have led to; `what` is in them.
[[nodiscard]] tl::unexpected<error> damaged_rows(const std::string& what);

/// The orders in rows of an order and a line each, lines of one order behind each other. Errors: damaged.
[[nodiscard]] result<std::vector<order_ptr>> orders_of(const postgres_rows& rows);

/// The item in rows of one of its active reservations and itself each. Errors: damaged.
[[nodiscard]] result<std::optional<stock_item>> stock_item_of(const postgres_rows& rows);
/// The account in rows of one of its holds and itself each. Errors: damaged.
[[nodiscard]] result<std::optional<account>> account_of(const postgres_rows& rows);
/// A remembered request. Errors: damaged.
[[nodiscard]] result<request_record> request_of(const postgres_rows& rows, std::size_t row);
/// A reservation. Errors: damaged.
[[nodiscard]] result<stored_reservation> reservation_of(const postgres_rows& rows, std::size_t row);

/// The value up to `last` that `text` names.
template <class Enum> [[nodiscard]] std::optional<Enum> named(std::string_view text, Enum last) {
  for (int value = 0; value <= static_cast<int>(last); ++value) {
    if (to_text(static_cast<Enum>(value)) == text) {
      return static_cast<Enum>(value);
    }
  }
  return std::nullopt;
}

/// A text that the database cannot hold is in none of its rows.
template <class T> [[nodiscard]] bool is_refused(const result<T>& outcome) noexcept {
  return !outcome && outcome.error().code == error_code::refused;
}

/// The events in rows of `tag, data`. Errors: those of decode_event.
[[nodiscard]] result<std::vector<event>> events_of(const postgres_rows& rows);
/// The same in rows of `seq, tag, data, link`.
[[nodiscard]] result<std::vector<sequenced_event>> sequenced_events_of(const postgres_rows& rows);

/// Columns from `first` on.
[[nodiscard]] result<event> event_of(const postgres_rows& rows, std::size_t row, int first);
/// The order of a row, without its lines; nothing if it cannot be one.
[[nodiscard]] std::optional<order> order_of(const postgres_rows& rows, std::size_t row);
[[nodiscard]] order_line line_of(const postgres_rows& rows, std::size_t row, int first);
[[nodiscard]] account_view account_view_of(const postgres_rows& rows, std::size_t row, int first);
[[nodiscard]] account_hold account_hold_of(const postgres_rows& rows, std::size_t row, int first);
/// Nothing for null.
[[nodiscard]] std::optional<chain_link> link_of(const postgres_rows& rows, std::size_t row, int column);
[[nodiscard]] product product_of(const postgres_rows& rows, std::size_t row, int first);
[[nodiscard]] stock_view stock_view_of(const postgres_rows& rows, std::size_t row, int first);

} // namespace orderd
