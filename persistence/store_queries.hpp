/// What a store is asked for, and what it shows.
#pragma once

#include "domain/events.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace orderd {

/// A list of orders, newest first. Empty fields do not filter.
struct order_query {
  std::optional<order_status> status;
  std::optional<std::string> customer_id;
  bool stuck = false;                      ///< only those whose saga needs an operator
  std::optional<timestamp> created_after;  ///< exclusive
  std::optional<timestamp> created_before; ///< exclusive
  std::size_t limit = 20;
  std::optional<uuid> after; ///< keyset: only orders older than this one (by creation, then id)
  std::optional<timestamp> after_created_at; ///< set with `after`, and only then (asserted)
  std::optional<std::size_t> page;           ///< from 1; asks for `total` too
};

/// A page number looks at this many rows of the list at most: `total` counts no further, and a page that
/// would begin behind them is not asked for (asserted). Pages by key know no such bound.
inline constexpr std::size_t rows_counted_max = 100'000;

/// Whether the `page`, from 1, begins within those rows.
[[nodiscard]] constexpr bool is_counted(std::size_t page, std::size_t limit) noexcept {
  return limit == 0 || (page - 1) <= (rows_counted_max - 1) / limit;
}

struct order_page {
  std::vector<order_ptr> items;
  bool more = false;                  ///< older ones exist
  std::optional<std::uint64_t> total; ///< with `page`; `rows_counted_max` says: that many or more
};

/// A list of stock items by SKU.
struct stock_query {
  std::size_t limit = 20;
  std::optional<std::string> after; ///< keyset: only SKUs behind this one
  std::optional<std::size_t> page;  ///< from 1; asks for `total` too
};

struct stock_page {
  std::vector<stock_view> items;
  bool more = false;
  std::optional<std::uint64_t> total; ///< as in `order_page`
};

/// A stored reservation, active or ended.
struct stored_reservation {
  std::string sku;
  orderd::reservation reservation;
  reservation_state state = reservation_state::active;
};

/// The first expiry that a stored item waits for.
struct stored_deadline {
  std::string sku;
  timestamp at;
};

/// Events of an account, newest first.
struct account_entries_query {
  std::string account_id;
  std::size_t limit = 20;
  std::optional<std::uint64_t> before_version; ///< keyset
};

struct account_entries_page {
  std::vector<account_event> items;
  bool more = false; ///< older ones exist
};

/// An order that has to be looked after without being asked for: it is registered, or its saga is under way.
struct unfinished_order {
  uuid id;
  std::optional<timestamp> due_at; ///< nothing: at once, unless it is stuck
  bool stuck = false;
  bool registered = false;          ///< it waits for the processor's interval: its saga has not begun
  saga_step step = saga_step::none; ///< of an order that has events aside, always none

  bool operator==(const unfinished_order&) const = default;
};

/// A processed order that is to be accepted by then.
struct acceptance_due {
  uuid id;
  timestamp at;

  bool operator==(const acceptance_due&) const = default;
};

/// A remembered request without its answer.
struct remembered_key {
  uuid key;
  uuid fingerprint;
  uuid subject;
  timestamp at;
  bool answered = false;

  bool operator==(const remembered_key&) const = default;
};

/// How long the store remembers the requests with a key, at least.
inline constexpr std::chrono::hours request_memory{24};
/// What was remembered when the engine stopped is so for as long after the next start, at least: whoever had
/// no answer, or could not acknowledge what took effect, comes again then, be it after days.
inline constexpr std::chrono::hours request_memory_after_start{1};

} // namespace orderd
