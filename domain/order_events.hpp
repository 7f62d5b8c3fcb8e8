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
  std::optional<timestamp> accept_by = {}; ///< with `processed`
  /// Nobody is told of it before its placement is decided: if that is refused, it never came to be. Only with
  /// `registered`.
  bool tentative = false;
  bool operator==(const order_created&) const = default;
};
/// The order was registered, or its units were reserved: `lines` carry price snapshots and reservations.
struct order_placed {
  order_status status = order_status::registered;
  std::vector<order_line> lines;
  cents total = 0;
  std::optional<timestamp> accept_by = {}; ///< with `processed`
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
  bool captured = false;         ///< its payment went to the payee
  bool operator==(const order_completed&) const = default;
};
/// It was called off: the units are free again.
struct order_cancelled {
  std::string reason;
  std::vector<order_line> lines = {}; ///< whose reservations are to be released
  bool returns = false;               ///< money may be held: giving it back is the next step
  bool operator==(const order_cancelled&) const = default;
};
/// It could not be carried out.
struct order_failed {
  order_failure failure;
  std::vector<order_line> lines = {}; ///< whose reservations are to be released
  bool returns = false;               ///< money may be held: giving it back is the next step
  bool operator==(const order_failed&) const = default;
};
/// Its metadata was replaced.
struct order_amended {
  std::string metadata;
  bool operator==(const order_amended&) const = default;
};
/// Its units are reserved, and its payment is asked for: the version of this event names the payment.
struct order_reserved {
  order_placing placing;
  payment_keeper keeper = payment_keeper::none; ///< who is asked for it
  bool operator==(const order_reserved&) const = default;
};
/// The payment is authorized.
struct payment_authorized {
  bool escrow_follows = false; ///< else nothing is between it and `processed`
  bool operator==(const payment_authorized&) const = default;
};
/// The money is in escrow.
struct payment_escrowed {
  bool operator==(const payment_escrowed&) const = default;
};
/// The payment was declined; nothing is held for it.
struct payment_declined {
  order_failure failure;
  std::vector<order_line> lines = {}; ///< whose reservations are to be released
  bool operator==(const payment_declined&) const = default;
};
/// The payment of a draft could not be decided in time: the draft stays, and what may be held goes back.
struct payment_abandoned {
  order_failure failure;
  std::vector<order_line> lines = {}; ///< whose reservations are to be released
  bool operator==(const payment_abandoned&) const = default;
};
/// It was refused before anybody was told of it: it never came to be.
struct order_withdrawn {
  order_failure failure;
  std::vector<order_line> lines = {}; ///< whose reservations are to be released
  bool operator==(const order_withdrawn&) const = default;
};
/// It was refused for want of units before it came to be: there is no order, only this notice of it. The
/// first and last event of its id.
struct order_refused {
  std::string customer_id;
  std::vector<order_line> lines; ///< what was asked for
  order_failure failure;
  bool operator==(const order_refused&) const = default;
};
/// It was delivered: the money is asked for.
struct capture_started {
  std::string payee;
  bool operator==(const capture_started&) const = default;
};
/// Nothing is held for it any more, and nothing was taken.
struct payment_returned {
  bool operator==(const payment_returned&) const = default;
};
/// A round of the present step failed.
struct saga_delayed {
  saga_delay delay;
  bool operator==(const saga_delayed&) const = default;
};
/// An operator has the present step tried again.
struct saga_retried {
  bool operator==(const saga_retried&) const = default;
};

/// An event with what all events have.
struct order_event {
  uuid order_id;
  std::uint64_t version = 0; ///< the order's, after the event
  timestamp at;
  std::string actor; ///< who caused it: a user, or `orderd`
  std::variant<order_created, order_placed, order_accepted, order_completed, order_cancelled, order_failed,
               order_amended, order_reserved, payment_authorized, payment_escrowed, payment_declined,
               payment_abandoned, order_withdrawn, capture_started, payment_returned, saga_delayed,
               saga_retried, order_refused>
      what;
  bool operator==(const order_event&) const = default;
};

/// Whether an order can only begin with it.
[[nodiscard]] bool is_first(const order_event& e) noexcept;
/// The word a timeline shows for an order's event, e.g. `order_cancelled`.
[[nodiscard]] std::string_view name_of(const order_event& e) noexcept;
/// The status the order has after the event; nothing if it does not change.
[[nodiscard]] std::optional<order_status> status_after(const order_event& e) noexcept;
/// The payment's status after the event; nothing if it does not change.
[[nodiscard]] std::optional<payment_status> payment_after(const order_event& e) noexcept;
/// The saga's step after the event; nothing if it does not change.
[[nodiscard]] std::optional<saga_step> step_after(const order_event& e) noexcept;
/// How the step has fared after the event; nothing if that does not change.
[[nodiscard]] std::optional<saga_delay> delay_after(const order_event& e);

} // namespace orderd
