/// Which events the outside is told of, and in which words. Pure.
#pragma once

#include "domain/events.hpp"
#include "domain/order.hpp"

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

/// What has to be known of an order's earlier events to tell of the next one, and what is told of the order.
/// Following all events from the first on gives the same trail whenever it is done.
struct order_trail {
  std::uint64_t version = 0; ///< the last event that was followed
  std::string customer_id;
  timestamp created_at; ///< of a refused order: when it was refused
  order_status status = order_status::draft;
  cents total = 0;
  std::vector<order_line> lines; ///< the order's own; what a placement has reserved only once it is placed
  /// The latest placement that a payment was asked for. Kept for the payment's later events when it comes to
  /// nothing; empty before the first, and once the order's own lines say the same.
  order_placing placing;
  bool announced = false;      ///< the outside was told that the order exists
  bool reserved = false;       ///< the units of a placement under way are reserved
  bool authorized = false;     ///< a payment is authorized: the outside knows, or learns it with the order
  bool payment_failed = false; ///< the outside was told that the latest placement's payment failed

  /// Follows the next event.
  void follow(const order_event& e);

  // What a public event shows of the order, from the trail after the event that it follows from: events of
  // reserved units and of payments show their placement, others the order itself.
  [[nodiscard]] const std::vector<order_line>& lines_for(public_event_type type) const noexcept;
  [[nodiscard]] cents total_for(public_event_type type) const noexcept;
  /// An order that is announced by its failure or cancellation was `registered` when it was created.
  [[nodiscard]] order_status status_for(public_event_type type) const noexcept;

  bool operator==(const order_trail&) const = default;
};

/// The public events that follow from an event of the order whose trail stands before it, in the order in
/// which they are told.
///
/// `order_created` comes once, before anything else about the order. A tentative order is announced when its
/// placement is decided, and if it is withdrawn, never: what happened before is told with the announcement as
/// far as it still holds. `payment_refunded` comes only where `payment_authorized` came: a payment of which
/// the outside knows nothing, or only that it failed, is given back without a word, for all that is known of
/// it may be that it is not held.
[[nodiscard]] std::vector<public_event_type> told_of(const order_event& e, const order_trail& before);
/// The trail behind events that are no longer kept, from the state that they came to. What of it the state
/// does not say is taken as it mostly is: an end of the order was told after its announcement, and what is
/// given back of a placement that came to nothing is shown with the order's own lines.
[[nodiscard]] order_trail trail_of(const order& state);
/// The same of a stock item's event. What an order reserves is told with the order.
[[nodiscard]] std::vector<public_event_type> told_of(const stock_event& e);

} // namespace orderd
