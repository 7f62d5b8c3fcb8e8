#include "actors/account_actor.hpp"

#include "actors/fail_stop.hpp"
#include "domain/account_rules.hpp"
#include "domain/assert.hpp"

#include <caf/behavior.hpp>

#include <functional>
#include <utility>

namespace orderd {

namespace {

[[nodiscard]] payment_answer answer_to(const payment_call& call,
                                       payment_verdict verdict = payment_verdict::done,
                                       std::string detail = {}) {
  return {call.attempt, call.op, verdict, std::move(detail)};
}

[[nodiscard]] std::string name_of(const caller& who) { return who.user.empty() ? "operator" : who.user; }

} // namespace

const caf::actor& account_shard_of(const account_shards& shards, const std::string& id) {
  return shards[std::hash<std::string>{}(id) % shards.size()];
}

void account_state::evolve(account_event e) {
  setup.state.evolve(e);
  log->append(self, std::move(e));
}

// ---- requests ----

void account_state::refuse(account_request& request, rejection why) {
  log->show(self, std::move(request.reply), std::move(why));
}

std::optional<rejection> account_state::check(const account_request& request) const {
  const bool there = setup.state.exists();
  const bool opens = std::holds_alternative<open_account>(request.what);
  // Whose account it is, is nobody else's business: to others there is none.
  const bool theirs = request.who.is_operator || request.who.user == setup.id;
  if (!theirs || (!there && !opens))
    return rejection{rejection_code::not_found, "there is no account " + setup.id, {}, {}, {}};
  const auto version = setup.state.view().version;
  if (!there && (request.must_exist || request.if_match))
    return rejection{rejection_code::version_mismatch,
                     "there is no account " + setup.id + " that If-Match could name",
                     {},
                     {},
                     {}};
  if (request.if_match && *request.if_match != version)
    return rejection{rejection_code::version_mismatch,
                     "account " + setup.id + " is at version " + std::to_string(version) + ", not " +
                         std::to_string(*request.if_match),
                     {},
                     {},
                     {}};
  return std::nullopt;
}

void account_state::take(account_request& request) {
  if (const auto begun_at = request.reply.begun_at())
    setup.measures->count_waited(entity_kind::account, std::chrono::steady_clock::now() - *begun_at);
  if (request.reply.trace() != nullptr)
    request.reply.trace()->taken();
  if (auto refused = check(request))
    return refuse(request, std::move(*refused));
  std::visit([&](const auto& command) { handle(command, request); }, request.what);
}

void account_state::handle(const get_account&, account_request& request) {
  log->show(self, std::move(request.reply), setup.state.view());
}

void account_state::handle(const open_account& command, account_request& request) {
  auto opened = decide(setup.state, command, name_of(request.who), setup.clock->now());
  if (!opened)
    return log->show(self, std::move(request.reply), opened_account{setup.state.view(), false});
  setup.state.evolve(*opened);
  log->append(self, std::move(*opened), std::move(request.reply), opened_account{setup.state.view(), true});
}

void account_state::handle(const deposit_funds& command, account_request& request) {
  auto deposited = decide(setup.state, command, name_of(request.who), setup.clock->now());
  if (!deposited)
    return refuse(request, std::move(deposited.error()));
  setup.state.evolve(*deposited);
  log->append(self, std::move(*deposited), std::move(request.reply), setup.state.view());
}

// ---- payments ----

void account_state::take(payment_call& call) {
  const auto began = call.traced_by ? trace_now() : trace_time{0};
  auto answer = carry_out(call);
  if (call.traced_by)
    record_child(call.traced_by, "ledger " + std::string(to_text(call.op)), began, {},
                 answer.verdict != payment_verdict::done);
  self->send(call.reply_to, std::move(answer));
}

payment_answer account_state::carry_out(const payment_call& call) {
  const auto now = setup.clock->now();
  const auto* held = setup.state.find(call.order_id);
  const bool of_another = held != nullptr && held->attempt != call.attempt;
  switch (call.op) {
  case payment_op::authorize: {
    if (of_another)
      break;
    auto decided = hold_funds(setup.state, call.order_id, call.attempt, call.amount, now);
    if (!decided)
      return answer_to(call, payment_verdict::declined, std::move(decided.error().detail));
    if (*decided)
      evolve(std::move(**decided));
    return answer_to(call);
  }
  case payment_op::escrow:
    if (held == nullptr || of_another)
      break;
    if (auto escrowed = escrow_funds(setup.state, call.order_id, now))
      evolve(std::move(*escrowed));
    return answer_to(call);
  case payment_op::capture:
    if (of_another || (held != nullptr && !held->escrowed))
      break;
    capture(call);
    return answer_to(call);
  case payment_op::give_back:
    // Of the payment that is to be given back, nothing is held then.
    if (of_another)
      return answer_to(call);
    if (auto returned = return_funds(setup.state, call.order_id, now))
      evolve(std::move(*returned));
    return answer_to(call);
  }
  // The order was paid for in another way, say before the ledger was switched on.
  return answer_to(call, payment_verdict::refused,
                   "account " + setup.id + " holds no such payment of order " + to_string(call.order_id));
}

void account_state::capture(const payment_call& call) {
  auto captured = capture_escrow(setup.state, call.order_id, call.payee, setup.clock->now());
  if (!captured)
    return;
  const auto amount = std::get<escrow_captured>(captured->what).amount;
  evolve(std::move(*captured));
  // If this is lost in a crash, the journal says at the next start that it is owed.
  self->send(account_shard_of(*setup.shards, call.payee),
             account_message{account_payout{{call.order_id, setup.id, call.payee, amount}}});
}

void account_state::take(account_payout& payout) {
  const auto& what = payout.what;
  ORDERD_ASSERT(what.payee == setup.id);
  evolve(receive_payout(setup.state, what.order_id, what.payer, what.amount, setup.clock->now()));
}

void account_state::end() {
  if (log->is_stored()) {
    self->send(setup.shard, entity_ended<account_key>{{setup.id}});
    self->quit();
  } else {
    self->send(setup.shard, entity_busy<account_key>{{setup.id}});
  }
}

void account_state::show(live_gathering& to) const {
  if (const auto& view = setup.state.view(); setup.state.exists())
    to.add(entity_kind::account, setup.id, {view.version, view.levels});
}

caf::behavior account_actor(caf::stateful_actor<account_state>* self, account_setup setup, entity_log log) {
  fail_stop_on_exception(self, "an account actor failed");
  auto& state = self->state;
  state.setup = std::move(setup);
  state.log.emplace(std::move(log));
  return {
      [&state](account_message& message) {
        std::visit([&state](auto& what) { state.take(what); }, message.what);
      },
      [&state](const show_live& ask) { state.show(*ask.to); },
      [&state](end_atom) { state.end(); },
  };
}

} // namespace orderd
