#include "actors/order_actor.hpp"

#include "actors/fail_stop.hpp"
#include "domain/assert.hpp"

#include <caf/behavior.hpp>

#include <utility>

namespace orderd {

namespace {

/// Changes that may wait for what is under way.
constexpr std::size_t deferred_max = 64;

[[nodiscard]] rejection make_rejection(rejection_code code, std::string detail) {
  return {code, std::move(detail), {}, {}, {}};
}

/// Whether an order of this status has been brought to `target`, be it that it has gone on since.
[[nodiscard]] bool has_come_to(order_status status, order_status target) noexcept {
  const bool places = target == order_status::registered || target == order_status::processed;
  return status == target ||
         (places && (status == order_status::processed || status == order_status::accepted ||
                     status == order_status::completed));
}

} // namespace

// ---- state ----

void order_actor_state::apply(const order_event& e) {
  auto next = setup.state ? std::make_shared<order>(*setup.state) : std::make_shared<order>();
  const bool was_stuck = next->delay.stuck;
  const auto was_at = next->step;
  orderd::evolve(*next, e);
  if (was_stuck != next->delay.stuck)
    setup.around->counters->sagas_stuck.fetch_add(was_stuck ? -1 : 1, std::memory_order_relaxed);
  setup.around->counters->measures.move_saga(was_at, next->step);
  setup.state = std::move(next);
}

void order_actor_state::evolve(order_event e, reply_token reply) {
  apply(e);
  log->append(self, std::move(e), std::move(reply), setup.state);
}

void order_actor_state::evolve(order_event e, reply_token reply, rejection why) {
  apply(e);
  log->append(self, std::move(e), std::move(reply), std::move(why));
}

void order_actor_state::evolve_first(order_event e, const reply_token& reply) {
  apply(e);
  log->append_first(self, std::move(e), setup.id, reply);
}

// ---- commands ----

void order_actor_state::take(order_request& request) {
  if (request.reply.trace() != nullptr)
    request.reply.trace()->taken();
  if (is_busy() && !std::holds_alternative<get_order>(request.what) && !decides_at_once(request)) {
    if (deferred_.size() < deferred_max)
      deferred_.push_back(std::move(request));
    else
      request.reply.answer(make_rejection(rejection_code::overloaded,
                                          "too many changes of order " + to_string(setup.id) + " wait"));
    return;
  }
  std::visit([&](auto& command) { handle(command, request); }, request.what);
}

void order_actor_state::take_deferred() {
  for (auto& each : std::exchange(deferred_, {}))
    take(each);
}

void order_actor_state::handle(const get_order&, order_request& request) {
  if (!setup.state || !may_see(*setup.state, request.who))
    refuse(request, order_not_found(setup.id));
  else
    log->show(self, std::move(request.reply), setup.state);
}

void order_actor_state::handle(create_order& command, order_request& request) {
  if (request.again && answer_again(request))
    return;
  ORDERD_ASSERT(!setup.state);
  if (command.wanted == order_status::processed) {
    // Before the request that they are part of is moved.
    auto lines = std::move(command.lines);
    return begin_placement(std::move(lines), order_status::processed, {std::move(request), {}});
  }
  evolve(created_event(setup.id, command, request.who, now()), std::move(request.reply));
  announce();
}

std::optional<rejection> order_actor_state::check_version(const order_request& request) const {
  const auto version = setup.state->version;
  if (!request.if_match || *request.if_match == version)
    return std::nullopt;
  return make_rejection(rejection_code::version_mismatch, "order " + to_string(setup.id) + " is at version " +
                                                              std::to_string(version) + ", not " +
                                                              std::to_string(*request.if_match));
}

void order_actor_state::refuse(order_request& request, rejection why) {
  log->show(self, std::move(request.reply), std::move(why));
}

bool order_actor_state::answer_again(order_request& request) {
  if (!setup.state || setup.state->withdrawn) {
    refuse(request, order_not_found(setup.id));
    return true;
  }
  const auto& state = *setup.state;
  const auto* change = std::get_if<change_order>(&request.what);
  if (change != nullptr && !change->status)
    return false;
  const auto target = change != nullptr ? change->status->target : order_status::processed;
  if (state.step == saga_step::returning && target != order_status::cancelled) {
    refuse(request, make_rejection(rejection_code::payment_unavailable,
                                   "the payment of order " + to_string(state.id) + " is being given back"));
  } else if (state.step != saga_step::none) {
    // What the request began goes on; the answer comes with its end.
    waiting_.emplace(pending_request{std::move(request), {}});
    proceed();
  } else if (change == nullptr) {
    create_again(request);
  } else if (has_come_to(state.status, target)) {
    log->show(self, std::move(request.reply), setup.state);
  } else {
    return false;
  }
  return true;
}

void order_actor_state::create_again(order_request& request) {
  const auto& state = *setup.state;
  if (state.status == order_status::registered)
    return begin_placement(state.lines, order_status::processed, {std::move(request), {}});
  if (state.status != order_status::failed)
    return log->show(self, std::move(request.reply), setup.state);
  const auto why = refusal_of(state.failure.value_or(order_failure{}));
  // Its client was told to try again, and all that was held is back: it is tried anew, as another order.
  if (why.code == rejection_code::payment_unavailable)
    refuse(request, order_not_found(setup.id));
  else
    refuse(request, why);
}

// ---- changes ----

bool order_actor_state::may_address(const change_order& command, const caller& who) const {
  return command.status ? may_ask_for(*setup.state, command.status->target, who) : may_see(*setup.state, who);
}

void order_actor_state::handle(change_order& command, order_request& request) {
  if (!setup.state || !may_address(command, request.who))
    return refuse(request, order_not_found(setup.id));
  if (request.again && answer_again(request))
    return;
  if (auto refused = check_version(request))
    return refuse(request, *std::move(refused));
  if (command.status)
    change_status_of(command, request);
  else if (command.merge)
    change_metadata(command.merge(setup.state->metadata), request.who, std::move(request.reply));
  else
    log->show(self, std::move(request.reply), setup.state);
}

void order_actor_state::change_status_of(change_order& command, order_request& request) {
  const auto& change = *command.status;
  // One instant for all of it: what was decided once must not lapse before it is carried out.
  const auto at = now();
  auto decided = decide(*setup.state, change, request.who, at);
  if (!decided)
    return refuse(request, std::move(decided.error()));
  // Whoever takes an order may write to it, though it cannot be seen before.
  const caller writer{request.who.user, request.who.is_operator || change.target == order_status::accepted};
  std::optional<std::string> metadata;
  if (command.merge) {
    // Judged before anything happens, so that no status changes without the metadata it came with.
    auto merged = command.merge(setup.state->metadata);
    if (!merged)
      return refuse(request, std::move(merged.error()));
    auto judged = decide_metadata(*setup.state, *merged, writer, at);
    if (!judged)
      return refuse(request, std::move(judged.error()));
    metadata = std::move(*merged);
  }
  if (decided->reserve_for)
    return begin_placement(setup.state->lines, *decided->reserve_for,
                           {std::move(request), std::move(metadata)});
  if (metadata) {
    // A final status forbids changes, so the metadata goes first; the status follows on the next version.
    change_metadata(std::move(*metadata), writer, {});
    decided = decide(*setup.state, change, request.who, at);
    ORDERD_ASSERT(decided && !decided->reserve_for);
  }
  if (decided->event)
    return carry_out(std::move(*decided->event), request);
  if (setup.state->step == saga_step::none) {
    auto e = next_event(*setup.state, request.who, now());
    const auto& merchant = setup.around->payments.merchant;
    e.what = capture_started{merchant.empty() ? setup.state->runner_id : merchant};
    evolve_first(std::move(e), request.reply);
  }
  waiting_.emplace(pending_request{std::move(request), {}});
  proceed();
}

void order_actor_state::carry_out(order_event happens, order_request& request) {
  const auto what = happens.what;
  const auto* cancelled = std::get_if<order_cancelled>(&what);
  const auto* failed = std::get_if<order_failed>(&what);
  const auto* completed = std::get_if<order_completed>(&what);
  const bool returns = (cancelled != nullptr && cancelled->returns) || (failed != nullptr && failed->returns);
  if (returns)
    evolve_first(std::move(happens), request.reply);
  else
    evolve(std::move(happens), std::move(request.reply));
  if (cancelled != nullptr)
    settle_stock(cancelled->lines, order_verdict::release);
  else if (failed != nullptr)
    settle_stock(failed->lines, order_verdict::abandon);
  else if (completed != nullptr)
    settle_stock(completed->lines, order_verdict::commit);
  if (returns) {
    waiting_.emplace(pending_request{std::move(request), {}});
    return proceed();
  }
  announce();
}

void order_actor_state::change_metadata(decision<std::string> metadata, const caller& who,
                                        reply_token reply) {
  if (!metadata)
    return log->show(self, std::move(reply), std::move(metadata.error()));
  auto decided = decide_metadata(*setup.state, std::move(*metadata), who, now());
  if (decided)
    evolve(std::move(*decided), std::move(reply));
  else
    log->show(self, std::move(reply), std::move(decided.error()));
}

void order_actor_state::handle(const retry_order&, order_request& request) {
  if (!setup.state)
    return refuse(request, order_not_found(setup.id));
  auto decided = decide_retry(*setup.state, request.who, now());
  if (!decided && request.again && request.who.is_operator && !setup.state->withdrawn)
    return log->show(self, std::move(request.reply), setup.state); // It was done before the restart.
  if (!decided)
    return refuse(request, std::move(decided.error()));
  if (auto refused = check_version(request))
    return refuse(request, *std::move(refused));
  evolve_first(std::move(*decided), request.reply);
  waiting_.emplace(pending_request{std::move(request), {}});
  proceed();
}

// ---- end ----

void order_actor_state::end() {
  if (is_idle() && (!setup.state || log->is_stored())) {
    self->send(setup.shard, entity_ended<uuid>{setup.id});
    self->quit();
  } else {
    self->send(setup.shard, entity_busy<uuid>{setup.id});
  }
}

void order_actor_state::park() {
  if (is_idle() && setup.state && log->is_durable()) {
    self->send(setup.shard, order_parked{setup.state});
    self->quit();
  } else {
    self->send(setup.shard, entity_busy<uuid>{setup.id});
  }
}

void order_actor_state::show(live_gathering& to) const {
  // Of one that never came to be there is nothing to compare.
  if (const auto& known = setup.state; known && !known->withdrawn)
    to.add(entity_kind::order, std::string(bytes_of(known->id)),
           {known->version, shown_order{known->status, known->payment, known->total}});
}

caf::behavior order_actor(caf::stateful_actor<order_actor_state>* self, order_setup setup, entity_log log) {
  fail_stop_on_exception(self, "an order actor failed");
  auto& state = self->state;
  state.setup = std::move(setup);
  state.log.emplace(std::move(log));
  return {
      [&state](order_request& request) {
        if (const auto begun_at = request.reply.begun_at())
          state.setup.around->counters->measures.count_waited(entity_kind::order,
                                                              std::chrono::steady_clock::now() - *begun_at);
        state.take(request);
      },
      [&state](hold_answer& answer) { state.take(answer); },
      [&state](payment_answer& answer) { state.take(answer); },
      [&state](const show_live& ask) { state.show(*ask.to); },
      [&state](end_atom) { state.end(); },
      [&state](park_atom) { state.park(); },
  };
}

} // namespace orderd
