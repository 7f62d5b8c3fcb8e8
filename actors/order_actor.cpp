#include "actors/order_actor.hpp"

#include "actors/fail_stop.hpp"
#include "domain/assert.hpp"

#include <caf/behavior.hpp>

namespace orderd {

namespace {

/// Changes that may wait for one placement.
constexpr std::size_t deferred_max = 64;

[[nodiscard]] rejection make_rejection(rejection_code code, std::string detail) {
  return {code, std::move(detail), {}, {}, {}};
}

} // namespace

// ---- state ----

void order_actor_state::evolve(order_event e, reply_token reply) {
  auto next = setup.state ? std::make_shared<order>(*setup.state) : std::make_shared<order>();
  orderd::evolve(*next, e);
  setup.state = std::move(next);
  log->append(self, std::move(e), std::move(reply), setup.state);
}

// ---- commands ----

void order_actor_state::take(order_request& request) {
  if (placing_ && !std::holds_alternative<get_order>(request.what)) {
    if (deferred_.size() < deferred_max)
      deferred_.push_back(std::move(request));
    else
      request.reply.answer(make_rejection(rejection_code::overloaded,
                                          "too many changes of order " + to_string(setup.id) + " wait"));
    return;
  }
  std::visit([&](auto& command) { handle(command, request); }, request.what);
}

void order_actor_state::handle(const get_order&, order_request& request) {
  if (!setup.state || !may_see(*setup.state, request.who))
    refuse(request, order_not_found(setup.id));
  else
    log->show(self, std::move(request.reply), setup.state);
}

void order_actor_state::handle(create_order& command, order_request& request) {
  ORDERD_ASSERT(!setup.state);
  if (command.wanted == order_status::processed)
    return begin_placement(std::move(command.lines), order_status::processed, std::nullopt, request);
  evolve(created_event(setup.id, command, request.who, setup.clock->now()), std::move(request.reply));
}

void order_actor_state::handle(const attend_order&, order_request& request) {
  log->show(self, std::move(request.reply), setup.state);
}

void order_actor_state::handle(const retry_order&, order_request& request) {
  log->show(self, std::move(request.reply), setup.state);
}

void order_actor_state::refuse(order_request& request, rejection why) {
  log->show(self, std::move(request.reply), std::move(why));
}

bool order_actor_state::may_address(const change_order& command, const caller& who) const {
  return command.status ? may_ask_for(*setup.state, command.status->target, who) : may_see(*setup.state, who);
}

void order_actor_state::handle(change_order& command, order_request& request) {
  if (!setup.state || !may_address(command, request.who))
    return refuse(request, order_not_found(setup.id));
  const auto version = setup.state->version;
  if (request.if_match && *request.if_match != version)
    return refuse(request,
                  make_rejection(rejection_code::version_mismatch,
                                 "order " + to_string(setup.id) + " is at version " +
                                     std::to_string(version) + ", not " + std::to_string(*request.if_match)));
  if (command.status)
    change_status_of(command, request);
  else if (command.merge)
    change_metadata(command.merge(setup.state->metadata), request.who, std::move(request.reply));
  else
    log->show(self, std::move(request.reply), setup.state);
}

void order_actor_state::change_status_of(change_order& command, order_request& request) {
  const auto& change = *command.status;
  auto decided = decide(*setup.state, change, request.who, setup.clock->now());
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
    auto judged = decide_metadata(*setup.state, *merged, writer, setup.clock->now());
    if (!judged)
      return refuse(request, std::move(judged.error()));
    metadata = std::move(*merged);
  }
  if (decided->reserve_for)
    return begin_placement(setup.state->lines, *decided->reserve_for, std::move(metadata), request);
  if (metadata) {
    // A final status forbids changes, so the metadata goes first; the status follows on the next version.
    change_metadata(std::move(*metadata), writer, {});
    decided = decide(*setup.state, change, request.who, setup.clock->now());
    ORDERD_ASSERT(decided && decided->event);
  }
  const auto what = decided->event->what;
  evolve(std::move(*decided->event), std::move(request.reply));
  if (const auto* cancelled = std::get_if<order_cancelled>(&what))
    settle_stock(cancelled->lines, order_verdict::release);
  else if (const auto* completed = std::get_if<order_completed>(&what))
    settle_stock(completed->lines, order_verdict::commit);
}

void order_actor_state::change_metadata(decision<std::string> metadata, const caller& who,
                                        reply_token reply) {
  if (!metadata)
    return log->show(self, std::move(reply), std::move(metadata.error()));
  auto decided = decide_metadata(*setup.state, std::move(*metadata), who, setup.clock->now());
  if (decided)
    evolve(std::move(*decided), std::move(reply));
  else
    log->show(self, std::move(reply), std::move(decided.error()));
}

// ---- placement ----

decision<std::vector<order_line>> order_actor_state::resolve(std::vector<order_line> lines) const {
  for (auto& line : lines) {
    if (!line.sku.empty())
      continue;
    const auto known = setup.catalogue->find(line.product_id.value_or(0));
    if (!known)
      return orderd::refuse(rejection_code::unknown_product, "there is no product with product_id " +
                                                                 std::to_string(line.product_id.value_or(0)));
    line.sku = known->sku;
  }
  return merge_lines(std::move(lines));
}

void order_actor_state::begin_placement(std::vector<order_line> lines, order_status target,
                                        std::optional<std::string> metadata, order_request& request) {
  auto resolved = resolve(std::move(lines));
  if (!resolved) {
    request.reply.answer(std::move(resolved.error()));
    if (!setup.state)
      end();
    return;
  }
  placing_.emplace(
      pending_placement{placement{std::move(*resolved)}, target, std::move(metadata), std::move(request)});
  const auto& asked = placing_->lines.lines();
  for (std::size_t index = 0; index < asked.size(); ++index) {
    const auto& line = asked[index];
    const bool claim = line.reservation.has_value();
    const auto& who = placing_->request.who;
    send_to_stock(stock_message{stock_hold{
                      line.sku, setup.id, index, claim ? *line.reservation : setup.make_id(), line.qty, claim,
                      who.is_operator ? std::string{} : who.user, caf::actor_cast<caf::actor>(self)}},
                  line.sku);
  }
}

void order_actor_state::take(hold_answer& answer) {
  ORDERD_ASSERT(placing_);
  placing_->lines.answer(answer.line, std::move(answer.result));
  if (placing_->lines.complete())
    finish_placement();
}

void order_actor_state::finish_placement() {
  auto done = std::move(*placing_);
  placing_.reset();
  auto& request = done.request;
  auto outcome = done.lines.outcome();
  if (!outcome) {
    settle_stock(done.lines.granted(), order_verdict::abandon);
    request.reply.answer(std::move(outcome.error()));
  } else if (auto* creation = std::get_if<create_order>(&request.what)) {
    creation->lines = std::move(*outcome);
    evolve(created_event(setup.id, *creation, request.who, setup.clock->now()), std::move(request.reply));
  } else {
    evolve(placed_event(*setup.state, done.target, std::move(*outcome), request.who, setup.clock->now()),
           done.metadata ? reply_token{} : std::move(request.reply));
    if (done.metadata)
      change_metadata(std::move(*done.metadata), request.who, std::move(request.reply));
  }
  for (auto& waiting : std::exchange(deferred_, {}))
    take(waiting);
  if (!setup.state)
    end();
}

void order_actor_state::settle_stock(const std::vector<order_line>& lines, order_verdict verdict) {
  for (const auto& line : lines)
    if (line.reservation)
      send_to_stock(
          stock_message{stock_settlement{obligation{line.sku, *line.reservation, setup.id, verdict}}},
          line.sku);
}

void order_actor_state::send_to_stock(stock_message message, const std::string& sku) {
  const auto& shards = *setup.stock;
  self->send(shards[std::hash<std::string>{}(sku) % shards.size()], std::move(message));
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

caf::behavior order_actor(caf::stateful_actor<order_actor_state>* self, order_setup setup, entity_log log) {
  fail_stop_on_exception(self, "an order actor failed");
  auto& state = self->state;
  state.setup = std::move(setup);
  state.log.emplace(std::move(log));
  return {
      [&state](order_request& request) { state.take(request); },
      [&state](hold_answer& answer) { state.take(answer); },
      [&state](end_atom) { state.end(); },
      [&state](park_atom) { state.park(); },
  };
}

} // namespace orderd
