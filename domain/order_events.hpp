/// Everything that can happen to an order.
#pragma once

#include "domain/order.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace orderd {

/// The order came to be: as a draft, registered, or processed with its units reserved.
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
/// A runner has it.
struct order_accepted {
  std::string runner_id;
  bool operator==(const order_accepted&) const = default;
};
/// It was delivered: the units leave.
struct order_completed {
  std::vector<order_line> lines; ///< whose reservations are to be committed
  bool operator==(const order_completed&) const = default;
};
/// It was called off: the units are free again.
struct order_cancelled {
  std::string reason;
  std::vector<order_line> lines; ///< whose reservations are to be released
  bool operator==(const order_cancelled&) const = default;
};
/// It could not be carried out.
struct order_failed {
  order_failure failure;
  bool operator==(const order_failed&) const = default;
};
/// Its metadata was replaced.
struct order_amended {
  std::string metadata;
  bool operator==(const order_amended&) const = default;
};

/// An event with what all events have.
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

/// The word a timeline shows for an order's event, e.g. `order_cancelled`.
[[nodiscard]] std::string_view name_of(const order_event& e) noexcept;
/// The status the order has after the event; nothing if it does not change.
[[nodiscard]] std::optional<order_status> status_after(const order_event& e) noexcept;

} // namespace orderd
