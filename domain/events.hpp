/// Everything that can happen to an order, a stock item or an account, and the requests that are remembered.
/// Events carry resulting values, not differences, so that storing one twice changes nothing.
#pragma once

#include "domain/account_events.hpp"
#include "domain/order_events.hpp"
#include "domain/request_record.hpp"
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
  stock_defined_v2 = 10,
  stock_adjusted_v2 = 11,
  stock_reserved_v2 = 12,
  order_created_v1 = 32,
  order_placed_v1 = 33,
  order_accepted_v1 = 34,
  order_completed_v1 = 35,
  order_cancelled_v1 = 36,
  order_failed_v1 = 37,
  order_amended_v1 = 38,
  order_created_v2 = 39,
  order_placed_v2 = 40,
  order_completed_v2 = 41,
  order_cancelled_v2 = 42,
  order_failed_v2 = 43,
  order_reserved_v1 = 44,
  payment_authorized_v1 = 45,
  payment_escrowed_v1 = 46,
  payment_declined_v1 = 47,
  payment_abandoned_v1 = 48,
  order_withdrawn_v1 = 49,
  capture_started_v1 = 50,
  payment_returned_v1 = 51,
  saga_delayed_v1 = 52,
  saga_retried_v1 = 53,
  order_created_v3 = 54,
  order_refused_v1 = 55,
  account_opened_v1 = 64,
  funds_deposited_v1 = 65,
  funds_held_v1 = 66,
  funds_escrowed_v1 = 67,
  funds_returned_v1 = 68,
  escrow_captured_v1 = 69,
  payout_received_v1 = 70,
  request_record_v1 = 96, ///< of a request that changed nothing: a refusal
  keyed_event_v1 = 97,    ///< an event of any other tag, with the record of the request that caused it
};

using event = std::variant<stock_event, order_event, account_event, request_record>;

/// The oldest version that can say all that the event says.
[[nodiscard]] event_tag tag_of(const event& e) noexcept;

/// An event as the journal has it: with the record of the request that caused it, if that is remembered.
struct journal_entry {
  orderd::event event;
  request_record_ptr request; ///< null for none, and for an event that is a record itself

  /// The record that this entry brings, wherever it is; null for none.
  [[nodiscard]] const request_record* record() const noexcept {
    const auto* alone = std::get_if<request_record>(&event);
    return alone != nullptr ? alone : request.get();
  }
};

/// The word for an event of any kind; that of a mere record is `request_remembered`.
[[nodiscard]] std::string_view name_of(const event& e) noexcept;
/// The version of the order, item or account after the event; 0 of a mere record.
[[nodiscard]] std::uint64_t version_of(const event& e) noexcept;
/// When it happened.
[[nodiscard]] timestamp time_of(const event& e) noexcept;

} // namespace orderd
