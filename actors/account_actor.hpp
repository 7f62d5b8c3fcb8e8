/// One account of the ledger: the only one that may move its money.
#pragma once

#include "actors/engine_measures.hpp"
#include "actors/entity_log.hpp"
#include "actors/live_gathering.hpp"
#include "actors/messages.hpp"
#include "config/clock.hpp"
#include "domain/account.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace orderd {

struct account_setup {
  std::string id;
  account state; ///< version 0 for one that is yet to be opened
  caf::actor shard;
  std::shared_ptr<const account_shards> shards; ///< of the payees
  const clock_port* clock = nullptr;
  engine_measures* measures = nullptr;
};

/// Messages: `account_message`, `show_live` and `end_atom`, all from its shard. An account that does not
/// exist is asked like any other: it says so itself.
struct account_state {
  account_state(caf::event_based_actor* self) : self(self) {}

  // ---- commands ----
  void take(account_request& request);
  /// Answered at once: the order's own event follows these in the same journal.
  void take(payment_call& call);
  void take(account_payout& payout);
  void end();
  void show(live_gathering& to) const;

  // ---- what each request means ----
  void handle(const get_account&, account_request& request);
  void handle(const open_account& command, account_request& request);
  void handle(const deposit_funds& command, account_request& request);

  caf::event_based_actor* self;
  account_setup setup;
  std::optional<entity_log> log;

  static inline const char* name = "orderd.account";

 private:
  /// Why the request goes no further; nothing if it does.
  [[nodiscard]] std::optional<rejection> check(const account_request& request) const;
  void refuse(account_request& request, rejection why);
  void evolve(account_event e);
  /// Does what an order's saga asks for; what was done already is done.
  [[nodiscard]] payment_answer carry_out(const payment_call& call);
  void capture(const payment_call& call);
};

caf::behavior account_actor(caf::stateful_actor<account_state>* self, account_setup setup, entity_log log);

/// Who has this account.
[[nodiscard]] const caf::actor& account_shard_of(const account_shards& shards, const std::string& id);

} // namespace orderd
