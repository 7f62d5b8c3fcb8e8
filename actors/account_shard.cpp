#include "actors/account_shard.hpp"

#include "actors/fail_stop.hpp"
#include "domain/assert.hpp"

#include <caf/actor_system.hpp>
#include <caf/behavior.hpp>

#include <utility>

namespace orderd {

namespace {

constexpr std::chrono::milliseconds retry_delay{1'000};

struct key_reader {
  const std::string& operator()(const account_request& r) const { return r.id; }
  const std::string& operator()(const payment_call& c) const { return c.payer; }
  const std::string& operator()(const account_payout& p) const { return p.what.payee; }
};

/// An account that is yet to be opened.
[[nodiscard]] account unopened(const std::string& id) {
  account_view view;
  view.id = id;
  return {std::move(view), {}, {}};
}

} // namespace

void account_shard_state::set_up(account_shard_setup setup) {
  setup_ = setup.shard;
  account_setup_ = std::move(setup);
}

void account_shard_state::take(loaded_account& found) {
  // One that the store does not know can be opened, by an operator or by a payout.
  if (found.state && !*found.state)
    *found.state = unopened(found.key.id);
  loaded(found.key, std::move(found.state));
}

account_key account_shard_state::key_of(const account_message& message) {
  return {std::visit(key_reader{}, message.what)};
}

bool account_shard_state::must_accept(const account_message& message) {
  return std::holds_alternative<account_payout>(message.what);
}

void account_shard_state::refuse(account_message&& message, rejection why) {
  if (auto* request = std::get_if<account_request>(&message.what))
    request->reply.answer(std::move(why));
  else if (auto* call = std::get_if<payment_call>(&message.what))
    self_->send(call->reply_to,
                payment_answer{call->attempt, call->op, payment_verdict::unavailable, std::move(why.detail)});
  else // The store could not be read: nobody can be told, and the payout is owed.
    self_->delayed_send(self_, retry_delay, std::move(message));
}

void account_shard_state::refuse_unknown(account_message&&) {
  assertion_failed("an account that may be opened", __FILE__, __LINE__);
}

caf::actor account_shard_state::spawn(const account_key& key, std::optional<account> state,
                                      std::shared_ptr<durable_mark> mark) {
  ORDERD_ASSERT(state.has_value());
  return self_->system().spawn<caf::lazy_init>(
      account_actor,
      account_setup{key.id, std::move(*state), caf::actor_cast<caf::actor>(self_), account_setup_.shards,
                    account_setup_.clock, &setup_.counters->measures},
      entity_log{setup_.journal, setup_.counters, std::move(mark)});
}

caf::behavior account_shard(caf::stateful_actor<account_shard_state>* self, account_shard_setup setup) {
  fail_stop_on_exception(self, "an account shard failed");
  auto& state = self->state;
  state.set_up(std::move(setup));
  self->set_exit_handler([&state, self](caf::exit_msg& exit) {
    state.end_all();
    self->quit(exit.reason);
  });
  return {
      [&state](account_message& message) { state.deliver(message); },
      [&state](loaded_account& found) { state.take(found); },
      [&state](const entity_ended<account_key>& end) { state.ended(end.key); },
      [&state](const entity_busy<account_key>& busy) { state.busy(busy.key); },
      [&state](gather_live& ask) { state.gather(ask); },
      [&state](tick_atom) { state.tick(); },
  };
}

} // namespace orderd
