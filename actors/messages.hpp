/// Every message between the engine's actors, and who sends it to whom. All stay inside the process. Those to
/// readers and to the journal have headers of their own.
#pragma once

#include "actors/journal_messages.hpp"
#include "actors/kept_claim.hpp"
#include "actors/load_messages.hpp"
#include "actors/payment_messages.hpp"
#include "actors/reply.hpp"
#include "actors/requests.hpp"
#include "domain/obligations.hpp"
#include "domain/placement.hpp"

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/atom.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace orderd {

/// The shards of stock items, by hash of the SKU; of accounts, by hash of the id.
using stock_shards = std::vector<caf::actor>;
using account_shards = std::vector<caf::actor>;

// ---- to a stock item, through its shard ----

/// From an order: reserve `qty` for it under `reservation_id`, or claim that reservation for it. Answered to
/// `reply_to` by a `hold_answer`.
struct stock_hold {
  std::string sku;
  uuid order_id;
  std::size_t line = 0;
  uuid reservation_id;
  std::int64_t qty = 0;
  bool claim = false;
  std::string claimant; ///< with `claim`: who must hold the reservation; empty for an operator
  caf::actor reply_to;
  std::chrono::steady_clock::time_point sent_at{};
  trace_parent traced_by = {}; ///< of the order's request
};

/// From an order, or from recovery: what became of a reservation. Not answered, never refused: tried again.
struct stock_settlement {
  obligation what;
};

/// From the shard's tick: reservations are due.
struct expire_reservations {
  std::string sku;
};

struct stock_message {
  std::variant<stock_request, stock_hold, stock_settlement, expire_reservations> what;
};

// ---- to an account, through its shard ----

/// From the payer's account: a captured payment arrives. Not answered, never refused: tried again.
struct account_payout {
  payout_due what;
};

/// `payment_call` comes from an order's saga and is answered by a `payment_answer`.
struct account_message {
  std::variant<account_request, payment_call, account_payout> what;
};

// ---- to an order ----

/// From a stock item: the answer to line `line` of the placement under way.
struct hold_answer {
  std::size_t line = 0;
  decision<grant> result = grant{};
};

// ---- to the memory of requests ----

/// From the engine: a request whose token has a ticket.
struct keyed_request {
  std::variant<order_request, stock_request, account_request, keyed_task> what;
};
/// From a token of a request that was let execute: its outcome, and who asked first.
struct request_decided {
  std::shared_ptr<kept_claim> claim;
  outcome result;
  reply_token client;
};
/// From the journal: all answers up to this number are on disk.
struct request_synced {
  std::uint64_t number = 0;
};

// ---- between an entity and its shard ----

/// From the shard: end if idle. Answered by `entity_ended` or `entity_busy`.
using end_atom = caf::atom_constant<caf::atom("end")>;
template <class Key> struct entity_ended { Key key; };
template <class Key> struct entity_busy { Key key; };
/// From the shard to an order: end if idle and durable, though the store may lack some of it. Answered by
/// `order_parked` or `entity_busy`.
using park_atom = caf::atom_constant<caf::atom("park")>;
/// From an order that has ended: its last state.
struct order_parked {
  order_ptr state;
};
/// From a stock item: its earliest expiry is now `at`.
struct expiry_announced {
  std::string sku;
  timestamp at;
};
/// From the shard to itself.
using tick_atom = caf::atom_constant<caf::atom("tick")>;

// ---- to the processor ----

/// From an order: it has to be attended to at `at`, or at once. The latest word about an order counts;
/// without a time and not `now`, nothing is to be done any more.
struct attention_due {
  uuid order_id;
  std::optional<timestamp> at;
  bool now = false;
};

} // namespace orderd

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::order_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::stock_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::list_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::account_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::keyed_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::request_decided)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::request_synced)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::payment_call)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::payment_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::attention_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::entity_ended<orderd::account_key>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::entity_busy<orderd::account_key>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::hold_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::entity_ended<orderd::uuid>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::entity_busy<orderd::uuid>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::order_parked)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::entity_ended<std::string>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::entity_busy<std::string>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::expiry_announced)
