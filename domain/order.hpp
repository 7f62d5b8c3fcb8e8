/// An order: its state, its statuses, and how events change it.
#pragma once

#include "domain/money.hpp"
#include "domain/time.hpp"
#include "domain/uuid.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace orderd {

/// Stored as numbers: values are never reused.
enum class order_status : std::uint8_t {
  draft = 0,
  registered = 1,
  processed = 2,
  accepted = 3,
  completed = 4,
  cancelled = 5,
  failed = 6,
};

/// Stored as numbers: values are never reused.
enum class payment_status : std::uint8_t {
  none = 0,
  pending = 1,
  authorized = 2,
  captured = 3,
  refunded = 4,
  failed = 5,
};

/// What an order's saga gets done next. Stored as numbers: values are never reused.
enum class saga_step : std::uint8_t {
  none = 0,        ///< nothing is under way
  authorizing = 1, ///< units are held for the order; its payment is asked for
  escrowing = 2,   ///< the payment is authorized; it goes into escrow
  placing = 3,     ///< the payment is safe; the order becomes `processed`
  capturing = 4,   ///< delivered; the money goes to the payee
  returning = 5,   ///< the order, or its placement, came to nothing; what was held goes back
};

/// What becomes of an order whose payment is refused. Stored as numbers: values are never reused.
enum class refusal_outcome : std::uint8_t {
  keep = 0,     ///< it stays what it was: a draft
  fail = 1,     ///< it fails
  withdraw = 2, ///< it never came to be: its first answer is the refusal
};

/// Who moves the money of a payment. Stored as numbers: values are never reused.
enum class payment_keeper : std::uint8_t {
  none = 0,    ///< nobody was asked for money
  ledger = 1,  ///< the accounts of the engine
  service = 2, ///< a service outside
};

[[nodiscard]] std::string_view to_text(order_status status) noexcept;
[[nodiscard]] std::string_view to_text(saga_step step) noexcept;
[[nodiscard]] std::string_view to_text(payment_status status) noexcept;
[[nodiscard]] std::string_view to_text(payment_keeper keeper) noexcept;
/// Reads a status; `placed` is read as `registered`. Nothing when unknown.
[[nodiscard]] std::optional<order_status> parse_order_status(std::string_view text) noexcept;

/// Whether the step is one of a placement: units are held, and what becomes of the order is not decided yet.
[[nodiscard]] bool is_placement(saga_step step) noexcept;

/// The statuses that `from` may change to, in the order of the lifecycle; empty for final ones.
[[nodiscard]] std::span<const order_status> successors(order_status from) noexcept;
[[nodiscard]] bool may_follow(order_status from, order_status to) noexcept;

struct order_line {
  uuid id;
  std::string sku; ///< empty only in a draft whose product_id the catalogue does not know
  std::optional<std::int64_t> product_id;
  std::int64_t qty = 0;
  std::optional<cents> price;      ///< a unit's; the client's or a quote in a draft, the snapshot once placed
  bool price_given = false;        ///< the client named the price: placement refuses a different one
  std::optional<uuid> reservation; ///< what holds the units; for a draft, the reservation to be claimed
  timestamp created_at;

  bool operator==(const order_line&) const = default;
};

struct order_failure {
  std::string code;
  std::string detail;

  bool operator==(const order_failure&) const = default;
};

/// What a placement under way has reserved.
struct order_placing {
  std::vector<order_line> lines; ///< with price snapshots and reservations
  cents total = 0;
  refusal_outcome on_refusal = refusal_outcome::fail;

  bool operator==(const order_placing&) const = default;
};

/// How the saga's present step has fared so far.
struct saga_delay {
  std::uint32_t rounds = 0;        ///< in which it could not be done
  std::optional<timestamp> due_at; ///< when the engine tries again by itself
  std::string trouble;             ///< why the last round failed
  bool stuck = false;              ///< an operator has to look

  bool operator==(const saga_delay&) const = default;
};

struct order {
  uuid id;
  std::string customer_id;
  order_status status = order_status::draft;
  payment_status payment = payment_status::none;
  std::uint64_t version = 0; ///< 1 after creation, one more with each event
  std::string currency;
  std::vector<order_line> lines;
  cents total = 0;
  std::string metadata; ///< a JSON object's text, "{}" if none was given
  std::string runner_id;
  std::optional<order_failure> failure;
  bool withdrawn = false; ///< it never came to be for anybody: not shown, not stored as a row
  saga_step step = saga_step::none;
  order_placing placing;     ///< while units are held for an order that is not yet processed; else empty
  std::uint64_t attempt = 0; ///< names the latest payment among the order's, from 1; 0: none was asked for
  payment_keeper keeper = payment_keeper::none; ///< who was asked for that payment, and is for all its steps
  std::string payee;                            ///< who the money goes to; set when it is captured
  saga_delay delay;
  std::optional<timestamp> accept_by; ///< a processed order that nobody has accepted by then is cancelled
  timestamp created_at;
  timestamp updated_at;

  bool operator==(const order&) const = default;
};

/// A snapshot shared between the owner, replies and readers; never changed once shared.
using order_ptr = std::shared_ptr<const order>;

/// The lines whose units are held for the order: those of a processed or accepted one, or of a placement.
[[nodiscard]] const std::vector<order_line>& held_lines(const order& state) noexcept;
/// Whether money may be held for the order, so that its end has to give it back.
[[nodiscard]] bool may_hold_money(const order& state) noexcept;

/// Sum of qty x price over the lines that have a price, or nothing on overflow.
[[nodiscard]] std::optional<cents> total_of(std::span<const order_line> lines) noexcept;

struct order_event;
/// Applies an event. Asserts that it is the next one of this order and that the transition is legal.
void evolve(order& state, const order_event& event);

} // namespace orderd
