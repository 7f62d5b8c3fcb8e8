/// Every message between the engine's actors, and who sends it to whom. All stay inside the process.
#pragma once

#include "actors/kept_claim.hpp"
#include "actors/payment_messages.hpp"
#include "actors/reply.hpp"
#include "actors/requests.hpp"
#include "config/result.hpp"
#include "domain/obligations.hpp"
#include "domain/placement.hpp"

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/atom.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace orderd {

/// What an account is found by: its id, which is not a SKU.
struct account_key {
  std::string id;
  auto operator<=>(const account_key&) const = default;
};
/// What a remembered request is found by.
struct request_key {
  uuid digest;
  auto operator<=>(const request_key&) const = default;
};

} // namespace orderd

template <> struct std::hash<orderd::account_key> {
  std::size_t operator()(const orderd::account_key& key) const noexcept {
    return std::hash<std::string>{}(key.id);
  }
};

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

// ---- to a reader, and back to the shard ----

template <class Key> struct load_entity {
  Key key;
  caf::actor reply_to;
};
struct loaded_order {
  uuid key;
  result<order_ptr> state = order_ptr{};
};
struct loaded_stock {
  std::string key;
  result<std::optional<stock_item>> state = std::optional<stock_item>{};
};
struct loaded_account {
  account_key key;
  result<std::optional<account>> state = std::optional<account>{};
};
struct loaded_request {
  request_key key;
  result<std::optional<request_record>> state = std::optional<request_record>{};
};
/// From the processor: what is there to attend to, behind `after`? Answered by a `loaded_unfinished`.
struct load_unfinished {
  std::optional<uuid> after;
  std::size_t limit = 0;
  caf::actor reply_to;
};
struct loaded_unfinished {
  result<std::vector<unfinished_order>> orders = std::vector<unfinished_order>{};
};
/// The same of orders to be accepted.
struct load_acceptances {
  std::optional<acceptance_due> after;
  std::size_t limit = 0;
  caf::actor reply_to;
};
struct loaded_acceptances {
  result<std::vector<acceptance_due>> orders = std::vector<acceptance_due>{};
};
/// A list to be read now. The reader clears `busy` when it has answered, and tells `waiters` if that is
/// awaited.
struct reading {
  list_request ask;
  std::shared_ptr<std::atomic<bool>> busy;
  caf::actor waiters;
};
/// From a reader to itself: try the loads that wait for the store.
using reload_atom = caf::atom_constant<caf::atom("reload")>;

// ---- to the journal ----

/// How far an entity's events have come. Written by the journal, read by the entity and its shard.
struct durable_mark {
  std::atomic<std::uint64_t> synced_count{0}; ///< events of this activation that are on disk
  std::atomic<std::uint64_t> last_seq{0};     ///< the last one's sequence
};

/// From an entity: write `what` (if any), and once it and all before it are on disk, give `answer` to
/// `reply`.
struct journal_append {
  std::optional<event> what;
  request_record_ptr request; ///< goes with `what`
  std::shared_ptr<durable_mark> mark;
  std::uint64_t count = 0; ///< which of the entity's events this is, from 1
  reply_token reply;
  outcome answer;
};
/// From the journal to itself: sync what has gathered.
using flush_atom = caf::atom_constant<caf::atom("flush")>;
/// From the journal to itself, a little later: sync what nobody waits for. One at a time is under way.
using quiet_atom = caf::atom_constant<caf::atom("quiet")>;
/// From the journal to itself: the disk was full a moment ago.
using retry_atom = caf::atom_constant<caf::atom("retry")>;
/// From the journal to itself: look again whether writes can be accepted.
using recheck_atom = caf::atom_constant<caf::atom("recheck")>;
/// From write-behind: the store is durable up to this sequence.
using release_atom = caf::atom_constant<caf::atom("release")>;

// ---- to the processor ----

/// From an order: it has to be attended to at `at`, or at once. The latest word about an order counts;
/// without a time and not `now`, nothing is to be done any more.
struct attention_due {
  uuid order_id;
  std::optional<timestamp> at;
  bool now = false;
};

// ---- to write-behind ----

/// From the journal: events have become durable.
using advanced_atom = caf::atom_constant<caf::atom("advanced")>;
/// From those who wait for the store, who come with it: somebody waits for what is durable.
using awaited_atom = caf::atom_constant<caf::atom("awaited")>;
/// From write-behind to itself.
using drain_atom = caf::atom_constant<caf::atom("drain")>;
using ckpoint_atom = caf::atom_constant<caf::atom("ckpoint")>;
/// From the engine's end: apply what is durable; answered when done.
using finish_atom = caf::atom_constant<caf::atom("finish")>;

// ---- to those who wait for the store ----

/// An answer that waits until the store has committed `seq`.
struct stored_answer {
  std::uint64_t seq = 0;
  reply_token reply;
  outcome answer;
};
/// From the journal: answers that are durable there, in the order of their sequences.
struct await_store {
  std::vector<stored_answer> answers;
};
/// From write-behind: the store has come further. From a reader: it is free. With a number, from itself: a
/// deadline has come.
using look_atom = caf::atom_constant<caf::atom("look")>;

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
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::loaded_account)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::loaded_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::load_unfinished)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::loaded_unfinished)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::load_acceptances)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::loaded_acceptances)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::load_entity<orderd::account_key>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::load_entity<orderd::request_key>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::entity_ended<orderd::account_key>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::entity_busy<orderd::account_key>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::hold_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::journal_append)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::await_store)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::reading)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::entity_ended<orderd::uuid>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::entity_busy<orderd::uuid>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::order_parked)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::entity_ended<std::string>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::entity_busy<std::string>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::expiry_announced)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::load_entity<orderd::uuid>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::load_entity<std::string>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::loaded_order)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::loaded_stock)
