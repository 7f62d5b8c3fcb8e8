/// What the engine and a payment service say to each other. The page for people is deploy/payment-service.md.
#pragma once

#include "domain/money.hpp"
#include "domain/uuid.hpp"
#include "persistence/payment_request.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace orderd {

/// One payment, as the service is told of it.
struct payment_facts {
  uuid order_id;
  std::uint64_t attempt = 0; ///< which of the order's payments
  cents amount = 0;
  std::string currency;
  std::string customer;
  std::string payee; ///< of a capture
};

/// What the service is asked. All but `state` carry a key and may be asked again under it.
enum class payment_question : std::uint8_t { authorize, capture, cancel, refund, state };

/// What the service says that a payment is.
enum class payment_state : std::uint8_t {
  unseen, ///< it knows of none
  authorized,
  captured,
  voided,
  refunded,
  declined,
};

enum class payment_finding : std::uint8_t {
  done,
  declined,  ///< for good: nothing is held under this id
  conflict,  ///< the payment is in a state that does not allow it, or is unseen
  refused,   ///< for good: the question itself is wrong
  not_sent,  ///< surely nothing was done
  undecided, ///< it may have been done: ask again
};

struct payment_reading {
  payment_finding finding = payment_finding::undecided;
  payment_state state = payment_state::unseen; ///< if `done`
  std::string detail;                          ///< unless `done`; short, and without control characters
};

/// The payment's name on both sides: the order's id, a hyphen and the attempt.
[[nodiscard]] std::string payment_id(const payment_facts& facts);

[[nodiscard]] payment_request make_payment_request(payment_question question, const payment_facts& facts);

/// What a reply says of that payment. Only an answer that names the payment and a state that fits counts as
/// done or declined: a page of some proxy in between is neither.
[[nodiscard]] payment_reading read_payment_reply(payment_question question, const payment_facts& facts,
                                                 const payment_reply& reply);

/// Whether the service was there and had time: false speaks for asking less.
[[nodiscard]] bool is_healthy(const payment_reply& reply) noexcept;

[[nodiscard]] std::string_view to_text(payment_question question) noexcept;
[[nodiscard]] std::string_view to_text(payment_state state) noexcept;

} // namespace orderd
