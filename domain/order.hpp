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

[[nodiscard]] std::string_view to_text(order_status status) noexcept;
[[nodiscard]] std::string_view to_text(payment_status status) noexcept;
/// Reads a status; `placed` is read as `registered`. Nothing when unknown.
[[nodiscard]] std::optional<order_status> parse_order_status(std::string_view text) noexcept;

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
  timestamp created_at;
  timestamp updated_at;

  bool operator==(const order&) const = default;
};

/// A snapshot shared between the owner, replies and readers; never changed once shared.
using order_ptr = std::shared_ptr<const order>;

/// Sum of qty x price over the lines that have a price, or nothing on overflow.
[[nodiscard]] std::optional<cents> total_of(std::span<const order_line> lines) noexcept;

struct order_event;
/// Applies an event. Asserts that it is the next one of this order and that the transition is legal.
void evolve(order& state, const order_event& event);

} // namespace orderd
