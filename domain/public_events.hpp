/// Which events the outside is told of, and in which words. Pure.
#pragma once

#include "domain/events.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace orderd {

/// What is published. The words are those of subjects and payloads.
enum class public_event_type : std::uint8_t {
  order_created,
  order_updated,
  stock_reserved,
  reservation_failed,
  stock_low,
  payment_authorized,
  payment_captured,
  payment_failed,
  payment_refunded,
};
inline constexpr std::size_t public_event_types = 9;

[[nodiscard]] std::string_view to_text(public_event_type type) noexcept;

/// What has to be known of an order's earlier events to tell of the next one.
struct order_trail {
  std::uint64_t version = 0; ///< the last event that was followed
  std::string customer_id;
  timestamp created_at;
  order_status status = order_status::draft;
  cents total = 0;
  bool announced = false;        ///< the outside knows of it: it was told that the order exists
  bool paying = false;           ///< the payment is authorized, and the outside may not know yet
  bool reserved = false;         ///< its units are reserved, and the outside may not know yet
  std::vector<order_line> lines; ///< the present ones: those of its placement while that is under way

  /// Follows the next event.
  void follow(const order_event& e);
};

/// The public events that follow from an event of the order whose trail stands before it, in the order in
/// which they are told. An order that is tentative is told of once its placement is decided, and if it is
/// withdrawn, never.
[[nodiscard]] std::vector<public_event_type> told_of(const order_event& e, const order_trail& before);
/// The same of a stock item's event.
[[nodiscard]] std::vector<public_event_type> told_of(const stock_event& e);

} // namespace orderd
