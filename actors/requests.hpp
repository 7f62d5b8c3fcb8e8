/// What the edge asks of the engine: validated values, no JSON.
#pragma once

#include "actors/event_stream.hpp"
#include "actors/reply.hpp"
#include "domain/account_rules.hpp"
#include "domain/order_rules.hpp"
#include "domain/saga_rules.hpp"
#include "domain/stock_rules.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <variant>

namespace orderd {

struct get_order {};

/// Makes the new metadata text of an order from its current one, or refuses (too large).
using metadata_merge = std::function<decision<std::string>(const std::string& current)>;

/// Changes the status, the metadata, or both: the metadata only if the status change is granted.
struct change_order {
  std::optional<change_status> status;
  metadata_merge merge; ///< empty: leave the metadata
};

/// From the processor: do what is due. A registered order is reserved and paid for; a saga goes on; an order
/// that was not accepted in time is cancelled. Answered with the order once that is done, or once the saga
/// waits for its next round.
struct attend_order {};

/// From an operator: try the present step of the saga again, now.
struct retry_order {};

/// To the order `id`. A `create_order` carries a fresh id, unless `again`.
struct order_request {
  uuid id;
  caller who;
  std::optional<std::uint64_t> if_match; ///< the version the caller knows; another one is `version_mismatch`
  std::variant<get_order, create_order, change_order, attend_order, retry_order, payment_notice> what;
  reply_token reply;
  /// The request was claimed before a restart and not answered: what it began is waited for, what it did is
  /// answered, and only what it did not do is done. A `create_order` of an order that did not come to be is
  /// then `not_found`.
  bool again = false;
};

struct get_stock {};
struct get_reservation {
  uuid id;
};
/// Reserves `qty` units for `holder`, until `ttl` from now.
struct make_reservation {
  uuid id; ///< a fresh one
  std::int64_t qty = 0;
  std::chrono::seconds ttl{0};
  std::string holder;
};
struct renew_reservation {
  uuid id;
  std::chrono::seconds ttl{0};
};

/// To the stock item `sku`. The edge knows who may change stock; the item, whose reservation it is.
struct stock_request {
  std::string sku;
  caller who;
  std::optional<std::uint64_t> if_match;
  std::variant<get_stock, define_stock, adjust_stock, make_reservation, get_reservation, renew_reservation,
               release_reservation, commit_reservation>
      what;
  reply_token reply;
};

struct get_account {};

/// To the account `id` of the ledger. The edge knows who may change accounts; the account, who may see it:
/// its owner, whose name it has, and operators.
struct account_request {
  std::string id;
  caller who;
  std::optional<std::uint64_t> if_match;
  bool must_exist = false; ///< the caller asks under a precondition: what is not there matches none
  std::variant<get_account, open_account, deposit_funds> what;
  reply_token reply;
};

/// The events of an account, if `who` may see it.
struct account_history {
  account_entries_query query;
  caller who;
};

/// The events of an order, if `who` may see it. The order itself is read first.
struct timeline_query {
  uuid order_id;
  caller who;
  std::uint64_t after_version = 0;
  std::size_t limit = 100;
};

/// A reservation that the stock item no longer holds: committed, released or expired.
struct reservation_query {
  std::string sku;
  uuid id;
  caller who;
  bool to_change = false; ///< the caller wants to change it: how it ended is the refusal
};

/// Events of the history that one page looks at, at most: the operators', and everybody else's, who are told
/// of few of them and might keep a reader of the store busy with the rest.
inline constexpr std::size_t history_events_looked_at_max = 5'000;
inline constexpr std::size_t history_events_looked_at_max_of_customers = 500;

/// One page of the history of public events, oldest first.
struct event_history_query {
  event_filter filter;
  event_position after; ///< what follows it is shown
  std::size_t limit = 20;
  std::size_t looked_at_max = history_events_looked_at_max;
};

/// A read of many entities, from the store once it has caught up with all that the caller could have seen.
struct list_request {
  std::variant<order_query, stock_query, timeline_query, reservation_query, account_history,
               event_history_query>
      what;
  reply_token reply;
};

/// Work of the edge that takes many requests, remembered as one: `run` begins it with the token that it is to
/// answer in the end. It hands over and returns.
struct keyed_task {
  std::function<void(reply_token)> run;
  reply_token reply;
};

} // namespace orderd
