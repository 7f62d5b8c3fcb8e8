/// Everything that can happen to an order or a stock item. Events carry resulting values, not differences, so
/// that storing one twice changes nothing.
#pragma once

#include "domain/order.hpp"
#include "domain/stock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace orderd {

/// The wire tag of each event and version of it. Append only: a number is never reused.
enum class event_tag : std::uint16_t {
  stock_defined_v1 = 1,
  stock_adjusted_v1 = 2,
  stock_reserved_v1 = 3,
  reservation_extended_v1 = 4,
  reservation_released_v1 = 5,
  reservation_committed_v1 = 6,
  reservations_expired_v1 = 7,
  reservation_claimed_v1 = 8,
  reservation_unclaimed_v1 = 9,
  order_created_v1 = 32,
  order_placed_v1 = 33,
  order_accepted_v1 = 34,
  order_completed_v1 = 35,
  order_cancelled_v1 = 36,
  order_failed_v1 = 37,
  order_amended_v1 = 38,
};

// ---- stock ----

struct stock_defined {
  orderd::product product;
  bool operator==(const stock_defined&) const = default;
};
struct stock_adjusted {
  std::int64_t delta = 0;
  std::string reason;
  bool operator==(const stock_adjusted&) const = default;
};
struct stock_reserved {
  orderd::reservation reservation;
  bool operator==(const stock_reserved&) const = default;
};
struct reservation_extended {
  uuid id;
  timestamp expires_at;
  bool operator==(const reservation_extended&) const = default;
};
struct reservation_released {
  uuid id;
  bool operator==(const reservation_released&) const = default;
};
struct reservation_committed {
  uuid id;
  bool operator==(const reservation_committed&) const = default;
};
struct reservations_expired {
  std::vector<uuid> ids;
  bool operator==(const reservations_expired&) const = default;
};
/// A buyer's own reservation is bound to an order: it no longer expires.
struct reservation_claimed {
  uuid id;
  uuid order_id;
  bool operator==(const reservation_claimed&) const = default;
};
/// The order did not come to be: the reservation is the buyer's again, with its old expiry.
struct reservation_unclaimed {
  uuid id;
  bool operator==(const reservation_unclaimed&) const = default;
};

struct stock_event {
  std::string sku;
  std::uint64_t version = 0; ///< the item's, after the event
  timestamp at;
  stock_levels after;
  stock_totals totals_after;
  std::variant<stock_defined, stock_adjusted, stock_reserved, reservation_extended, reservation_released,
               reservation_committed, reservations_expired, reservation_claimed, reservation_unclaimed>
      what;
  bool operator==(const stock_event&) const = default;
};

// ---- orders ----

struct order_created {
  std::string customer_id;
  order_status status = order_status::draft;
  std::string currency;
  std::vector<order_line> lines;
  cents total = 0;
  std::string metadata;
  bool operator==(const order_created&) const = default;
};
/// The order was registered, or its units were reserved: `lines` carry price snapshots and reservations.
struct order_placed {
  order_status status = order_status::registered;
  std::vector<order_line> lines;
  cents total = 0;
  bool operator==(const order_placed&) const = default;
};
struct order_accepted {
  std::string runner_id;
  bool operator==(const order_accepted&) const = default;
};
struct order_completed {
  std::vector<order_line> lines; ///< whose reservations are to be committed
  bool operator==(const order_completed&) const = default;
};
struct order_cancelled {
  std::string reason;
  std::vector<order_line> lines; ///< whose reservations are to be released
  bool operator==(const order_cancelled&) const = default;
};
struct order_failed {
  order_failure failure;
  bool operator==(const order_failed&) const = default;
};
struct order_amended {
  std::string metadata;
  bool operator==(const order_amended&) const = default;
};

struct order_event {
  uuid order_id;
  std::uint64_t version = 0; ///< the order's, after the event
  timestamp at;
  std::string actor; ///< who caused it: a user, or `orderd`
  std::variant<order_created, order_placed, order_accepted, order_completed, order_cancelled, order_failed,
               order_amended>
      what;
  bool operator==(const order_event&) const = default;
};

using event = std::variant<stock_event, order_event>;

[[nodiscard]] event_tag tag_of(const event& e) noexcept;

/// The word a timeline shows for an order's event, e.g. `order_cancelled`.
[[nodiscard]] std::string_view name_of(const order_event& e) noexcept;
/// The status the order has after the event; nothing if it does not change.
[[nodiscard]] std::optional<order_status> status_after(const order_event& e) noexcept;

} // namespace orderd
