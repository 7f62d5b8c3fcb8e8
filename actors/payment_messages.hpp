/// What an order's saga asks of whoever moves the money, and what it is told.
#pragma once

#include "actors/request_trace.hpp"
#include "domain/money.hpp"
#include "domain/uuid.hpp"

#include <caf/actor.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace orderd {

enum class payment_op : std::uint8_t {
  authorize, ///< hold the amount for the order
  escrow,    ///< move it out of the payer's reach
  capture,   ///< give it to the payee
  give_back, ///< undo whatever of these was done
};

/// `authorize`, `escrow`, `capture` or `give_back`.
[[nodiscard]] constexpr std::string_view to_text(payment_op op) noexcept {
  constexpr std::array<std::string_view, 4> words{"authorize", "escrow", "capture", "give_back"};
  return words[static_cast<std::size_t>(op)];
}

enum class payment_verdict : std::uint8_t {
  done,
  declined,    ///< the payer cannot pay; nothing is held
  unavailable, ///< surely nothing was done; it may be asked again
  unknown,     ///< it may have happened: ask again under the same key
  refused,     ///< for good: a person has to look
};

/// From an order to whoever moves the money: the ledger's account shards, or the payment service. Each is
/// idempotent by order, attempt and op. An order has one under way at most.
struct payment_call {
  payment_op op = payment_op::authorize;
  uuid order_id;
  std::uint64_t attempt = 0; ///< which of the order's payments
  cents amount = 0;
  std::string currency;
  std::string payer;
  std::string payee; ///< of a capture
  caf::actor reply_to;
  trace_parent traced_by = {}; ///< of the request that waits for it
};

/// Back to the order.
struct payment_answer {
  std::uint64_t attempt = 0;
  payment_op op = payment_op::authorize;
  payment_verdict verdict = payment_verdict::done;
  std::string detail; ///< why, unless it is done
};

} // namespace orderd
