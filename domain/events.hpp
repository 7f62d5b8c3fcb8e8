/// Everything that can happen to an order or a stock item. Events carry resulting values, not differences, so
/// that storing one twice changes nothing.
#pragma once

#include "domain/order_events.hpp"
#include "domain/stock_events.hpp"

#include <cstdint>
#include <variant>

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

using event = std::variant<stock_event, order_event>;

[[nodiscard]] event_tag tag_of(const event& e) noexcept;

} // namespace orderd
