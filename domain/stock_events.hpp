/// Everything that can happen to a stock item.
#pragma once

#include "domain/stock.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace orderd {

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
  /// The item became low by this event: its threshold. Only where it was defined, adjusted or reserved.
  std::optional<std::int64_t> low_at = {};
  bool operator==(const stock_event&) const = default;
};

/// The word for a stock item's event, e.g. `stock_reserved`.
[[nodiscard]] std::string_view name_of(const stock_event& e) noexcept;

} // namespace orderd
