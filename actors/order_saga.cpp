/// The saga of an order: reserve, authorize, escrow, place; capture; give back.
#include "actors/account_actor.hpp"
#include "actors/order_actor.hpp"
#include "config/fault_point.hpp"
#include "config/log.hpp"
#include "domain/assert.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace orderd {

namespace {

/// Injected errors in a row after which a placement fails for good.
constexpr std::uint32_t injected_max = 5;

struct step_places {
  std::string_view asked;
  std::string_view answered;
  std::string_view journaled;
};

/// Where a rehearsal of crashes may end the process in each step.
[[nodiscard]] const step_places& places_of(payment_op op) noexcept {
  static constexpr std::array<step_places, 4> places{{
      {"saga.authorize.asked", "saga.authorize.answered", "saga.authorize.journaled"},
      {"saga.escrow.asked", "saga.escrow.answered", "saga.escrow.journaled"},
      {"saga.capture.asked", "saga.capture.answered", "saga.capture.journaled"},
      {"saga.give_back.asked", "saga.give_back.answered", "saga.give_back.journaled"},
  }};
  return places[static_cast<std::size_t>(op)];
}

/// Passes a place once all that was appended before is on disk.
class later_passage final : public reply_sink {
 public:
  explicit later_passage(std::string_view place) : place_(place) {}
  void answer(outcome&&) noexcept override { pass_fault_point(place_); }

 private:
  std::string_view place_;
};

/// A call that leaves once the event it follows from is as durable as the answer will be: a crash must not
/// forget that it was made. If that cannot be, nothing is asked, and the order learns it.
class later_call final : public reply_sink {
 public:
  later_call(caf::actor service, payment_call call) : service_(std::move(service)), call_(std::move(call)) {}
  void answer(outcome&& result) noexcept override {
    const auto op = call_.op;
    if (const auto* const refused = std::get_if<rejection>(&result)) {
      caf::anon_send(call_.reply_to,
                     payment_answer{call_.attempt, op, payment_verdict::unavailable, refused->detail});
      return;
    }
    caf::anon_send(service_, std::move(call_));
    pass_fault_point(places_of(op).asked);
  }

 private:
  caf::actor service_;
  payment_call call_;
};

/// Whether nobody but the engine waits for the end of the step: a notice is answered with the order, too.
[[nodiscard]] bool is_attended(const order_request& request) {
  return std::holds_alternative<attend_order>(request.what) ||
         std::holds_alternative<payment_notice>(request.what);
}

/// Refusals that say nothing about the order: the processor comes again.
[[nodiscard]] bool may_pass(rejection_code code) noexcept {
  return code == rejection_code::shutting_down || code == rejection_code::overloaded ||
         code == rejection_code::backlog_full || code == rejection_code::store_unavailable;
}

[[nodiscard]] payment_op op_of(saga_step step) {
  switch (step) {
  case saga_step::authorizing:
    return payment_op::authorize;
  case saga_step::escrowing:
    return payment_op::escrow;
  case saga_step::capturing:
    return payment_op::capture;
  case saga_step::returning:
    return payment_op::give_back;
  case saga_step::none:
  case saga_step::placing:
    break;
  }
  assertion_failed("a step that moves money", __FILE__, __LINE__);
}

} // namespace

// ---- attention ----

void order_actor_state::handle(const attend_order&, order_request& request) {
  if (!setup.state || setup.state->withdrawn)
    return refuse(request, order_not_found(setup.id));
  const auto& state = *setup.state;
  const auto at = now();
  const bool is_due = state.delay.due_at ? *state.delay.due_at <= at : !state.delay.stuck;
  if (state.step != saga_step::none && is_due) {
    waiting_.emplace(pending_request{std::move(request), {}});
    return proceed();
  }
  if (state.step == saga_step::none && state.status == order_status::registered) {
    if (meets_injected_error("reserve"))
      return refuse_placement(request, injected_error());
    return begin_placement(state.lines, order_status::processed, {std::move(request), {}});
  }
  if (auto lapsed = lapsed_event(state, at))
    return carry_out(std::move(*lapsed), request);
  // It is not due yet, or any more: the processor learns when it is.
  announced_.reset();
  announce();
  log->show(self, std::move(request.reply), setup.state);
}

void order_actor_state::announce() {
  const auto next = attention_of(*setup.state);
  const bool may_be_known = announced_ ? *announced_ != attention_need{} : setup.state->accept_by.has_value();
  if (announced_ == next || (next == attention_need{} && !may_be_known) || !setup.around->processor)
    return;
  announced_ = next;
  self->send(setup.around->processor, attention_due{setup.id, next.at, next.now});
}

// ---- placement ----

decision<std::vector<order_line>> order_actor_state::resolve(std::vector<order_line> lines) const {
  for (auto& line : lines) {
    if (!line.sku.empty())
      continue;
    const auto known = setup.around->catalogue->find(line.product_id.value_or(0));
    if (!known)
      return orderd::refuse(rejection_code::unknown_product, "there is no product with product_id " +
                                                                 std::to_string(line.product_id.value_or(0)));
    line.sku = known->sku;
  }
  return merge_lines(std::move(lines));
}

void order_actor_state::begin_placement(std::vector<order_line> lines, order_status target,
                                        pending_request asked_by) {
  auto resolved = resolve(std::move(lines));
  if (!resolved) {
    refuse_placement(asked_by.request, std::move(resolved.error()));
    if (!setup.state)
      end();
    return;
  }
  placing_.emplace(pending_placement{placement{std::move(*resolved)}, target, std::move(asked_by)});
  const auto& request = placing_->asked_by.request;
  // Nobody's reservation becomes an order of somebody else, whoever has the order processed.
  const std::string claimant = is_attended(request)      ? setup.state->customer_id
                               : request.who.is_operator ? std::string{}
                                                         : request.who.user;
  const auto traced_by = request.reply.traced_by();
  const auto& asked = placing_->lines.lines();
  const auto sent_at = std::chrono::steady_clock::now();
  for (std::size_t index = 0; index < asked.size(); ++index) {
    const auto& line = asked[index];
    const bool claim = line.reservation.has_value();
    send_to_stock(stock_message{stock_hold{
                      line.sku, setup.id, index, claim ? *line.reservation : setup.around->make_id(),
                      line.qty, claim, claimant, caf::actor_cast<caf::actor>(self), sent_at, traced_by}},
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
  pass_fault_point("saga.reserve.answered");
  auto outcome = done.lines.outcome();
  if (outcome && is_attended(done.asked_by.request) && meets_injected_error("update"))
    outcome = tl::unexpected{injected_error()};
  if (!outcome) {
    settle_stock(done.lines.granted(), order_verdict::abandon);
    note_refusal(done, outcome.error());
    refuse_placement(done.asked_by.request, std::move(outcome.error()));
  } else {
    place(done, *std::move(outcome));
  }
  take_deferred();
  if (!setup.state)
    end();
}

void order_actor_state::note_refusal(const pending_placement& done, const rejection& why) {
  const auto& request = done.asked_by.request;
  const auto& around = *setup.around;
  const auto* creation = std::get_if<create_order>(&request.what);
  if (creation == nullptr || setup.state || request.again || why.code != rejection_code::insufficient_stock)
    return;
  if (around.refusals == nullptr || !around.counters->accepts_writes.load(std::memory_order_relaxed))
    return;
  const auto at = now();
  if (around.refusals->take(at))
    log->append(self, refusal_event(setup.id, creation->customer_id, done.lines.lines(), failure_of(why),
                                    request.who, at));
}

void order_actor_state::refuse_placement(order_request& request, rejection why) {
  if (is_attended(request) && !may_pass(why.code)) {
    evolve(failed_event(*setup.state, failure_of(why), the_engine(), now()), std::move(request.reply));
    announce();
  } else if (is_attended(request) && injected_ >= injected_max) {
    evolve(failed_event(*setup.state, {"injected_failure", why.detail}, the_engine(), now()),
           std::move(request.reply));
    announce();
  } else {
    request.reply.answer(std::move(why));
  }
}

void order_actor_state::place(pending_placement& done, std::vector<order_line> lines) {
  injected_ = 0;
  // An order that costs nothing is not paid for.
  if (setup.around->payments.exists() && total_of(lines).value_or(0) > 0)
    return place_paid(done, std::move(lines));
  auto& request = done.asked_by.request;
  auto& metadata = done.asked_by.metadata;
  if (auto* creation = std::get_if<create_order>(&request.what); creation != nullptr && !setup.state) {
    creation->lines = std::move(lines);
    evolve(created_event(setup.id, *creation, request.who, now(), accept_by()), std::move(request.reply));
  } else {
    evolve(placed_event(*setup.state, done.target, std::move(lines), request.who, now(), accept_by()),
           metadata ? reply_token{} : std::move(request.reply));
    if (metadata)
      change_metadata(std::move(*metadata), request.who, std::move(request.reply));
  }
  announce();
}

void order_actor_state::place_paid(pending_placement& done, std::vector<order_line> lines) {
  auto& request = done.asked_by.request;
  const auto at = now();
  const auto keeper = setup.around->payments.keeper();
  auto on_refusal = refusal_outcome::fail;
  if (auto* creation = std::get_if<create_order>(&request.what); creation != nullptr && !setup.state) {
    on_refusal = refusal_outcome::withdraw;
    for (auto& line : lines)
      line.created_at = at;
    // Until it is processed, the order itself holds nothing: what is reserved is the placement's.
    creation->wanted = order_status::registered;
    creation->lines = lines;
    for (std::size_t i = 0; i < lines.size(); ++i)
      creation->lines[i].reservation = done.lines.lines()[i].reservation;
    auto created = created_event(setup.id, *creation, request.who, at);
    std::get<order_created>(created.what).tentative = true;
    evolve_first(std::move(created), request.reply);
    evolve(reserved_event(*setup.state, std::move(lines), on_refusal, request.who, at, keeper), {});
  } else {
    if (setup.state->status == order_status::draft)
      on_refusal = refusal_outcome::keep;
    evolve_first(reserved_event(*setup.state, std::move(lines), on_refusal, request.who, at, keeper),
                 request.reply);
  }
  pass_when_durable("saga.reserve.journaled");
  may_be_held_ = false;
  waiting_.emplace(std::move(done.asked_by));
  proceed();
}

std::optional<timestamp> order_actor_state::accept_by() const {
  const auto& timeout = setup.around->accept_timeout;
  return timeout ? std::optional(now() + *timeout) : std::nullopt;
}

bool order_actor_state::meets_injected_error(std::string_view step) {
  auto* errors = setup.around->errors;
  if (errors == nullptr || !errors->strikes(step, setup.id))
    return false;
  ++injected_;
  return true;
}

rejection order_actor_state::injected_error() {
  return {rejection_code::overloaded, "an error was injected (ERROR_RATE)", {}, {}, {}};
}

// ---- saga ----

void order_actor_state::proceed() {
  ORDERD_ASSERT(setup.state && !is_busy());
  const auto step = setup.state->step;
  if (step == saga_step::placing)
    step_is_done();
  else
    ask(op_of(step));
}

void order_actor_state::ask(payment_op op) {
  const auto& state = *setup.state;
  const auto& route = setup.around->payments;
  if (state.keeper != route.keeper())
    // Whoever else is asked knows nothing of this payment, and would say so of its capture or return as well.
    return payment_is_undecided("the payment is with the " + std::string(to_text(state.keeper)) +
                                    ", and PAYMENTS names another: " + std::string(to_text(route.keeper())),
                                false, true);
  payment_call call{op,
                    setup.id,
                    state.attempt,
                    state.placing.lines.empty() ? state.total : state.placing.total,
                    route.currency,
                    state.customer_id,
                    state.payee,
                    caf::actor_cast<caf::actor>(self),
                    waiting_ ? waiting_->request.reply.traced_by() : trace_parent{}};
  asked_ = op;
  if (route.accounts) {
    const auto& shard = account_shard_of(*route.accounts, call.payer);
    self->send(shard, account_message{std::move(call)});
    return pass_fault_point(places_of(op).asked);
  }
  reply_token behind_the_journal{std::make_unique<later_call>(route.service, std::move(call))};
  behind_the_journal.require(std::max(setup.around->durability, durability_mode::journal));
  if (waiting_)
    behind_the_journal.require(waiting_->request.reply.durability());
  log->show(self, std::move(behind_the_journal), setup.state);
}

void order_actor_state::take(payment_answer& answer) {
  if (!asked_ || *asked_ != answer.op || setup.state->attempt != answer.attempt)
    return; // It answers a call that was given up.
  asked_.reset();
  pass_fault_point(places_of(answer.op).answered);
  const bool authorizes = answer.op == payment_op::authorize;
  switch (answer.verdict) {
  case payment_verdict::done:
    step_is_done();
    break;
  case payment_verdict::declined:
    if (authorizes)
      payment_is_refused(rejection_code::payment_declined, answer.detail);
    else
      payment_is_undecided(answer.detail, false, true);
    break;
  case payment_verdict::unavailable:
    payment_is_undecided(answer.detail, !may_be_held_, false);
    break;
  case payment_verdict::unknown:
    may_be_held_ = true;
    payment_is_undecided(answer.detail, false, false);
    break;
  case payment_verdict::refused:
    // An earlier try of the same step may have been heard.
    payment_is_undecided(answer.detail, false, true);
    break;
  }
  pass_when_durable(places_of(answer.op).journaled);
  if (!is_busy())
    take_deferred();
}

void order_actor_state::step_is_done() {
  const auto step = setup.state->step;
  const auto who = waiting_ && !is_attended(waiting_->request) ? waiting_->request.who : the_engine();
  auto e = step_done(*setup.state, setup.state->keeper == payment_keeper::ledger, accept_by(), who, now());
  if (step == saga_step::authorizing || step == saga_step::escrowing) {
    evolve(std::move(e), {});
    return proceed();
  }
  conclude(std::move(e));
  if (step == saga_step::capturing)
    settle_stock(setup.state->lines, order_verdict::commit);
}

void order_actor_state::conclude(order_event e) {
  auto waiting = std::exchange(waiting_, std::nullopt);
  if (!waiting) {
    evolve(std::move(e), {});
  } else if (waiting->metadata) {
    evolve(std::move(e), {});
    change_metadata(std::move(*waiting->metadata), waiting->request.who, std::move(waiting->request.reply));
  } else {
    evolve(std::move(e), std::move(waiting->request.reply));
  }
  announce();
}

void order_actor_state::payment_is_refused(rejection_code code, const std::string& why) {
  const auto lines = setup.state->placing.lines;
  const rejection refused{code, why, {}, {}, {}};
  const auto who = waiting_ ? waiting_->request.who : the_engine();
  auto events = refused_events(*setup.state, failure_of(refused), who, now());
  for (std::size_t i = 0; i + 1 < events.size(); ++i)
    evolve(std::move(events[i]), {});
  if (waiting_ && !is_attended(waiting_->request)) {
    evolve(std::move(events.back()), std::move(waiting_->request.reply), refused);
    waiting_.reset();
    announce();
  } else {
    conclude(std::move(events.back()));
  }
  settle_stock(lines, order_verdict::abandon);
}

void order_actor_state::payment_is_undecided(const std::string& why, bool surely_not_held, bool for_good) {
  const auto step = setup.state->step;
  const bool is_asked_for = waiting_ && !is_attended(waiting_->request);
  const rejection undecided{rejection_code::payment_unavailable, why, {}, {}, {}};
  const bool is_retried = waiting_ && std::holds_alternative<retry_order>(waiting_->request.what);
  if (is_asked_for && !is_retried && step == saga_step::authorizing && surely_not_held &&
      setup.state->placing.on_refusal != refusal_outcome::fail)
    return payment_is_refused(rejection_code::payment_unavailable, why);
  if (is_asked_for && !is_retried && is_placement(step) &&
      setup.state->placing.on_refusal != refusal_outcome::fail) {
    // Somebody waits, and may ask again for another order: this one comes to nothing.
    const auto lines = setup.state->placing.lines;
    auto waiting = std::exchange(waiting_, std::nullopt);
    evolve(abandoned_event(*setup.state, failure_of(undecided), waiting->request.who, now()),
           std::move(waiting->request.reply), undecided);
    settle_stock(lines, order_verdict::abandon);
    return proceed();
  }
  const auto jitter = static_cast<std::uint32_t>(std::hash<uuid>{}(setup.id) >> 16U) +
                      static_cast<std::uint32_t>(now().time_since_epoch().count());
  auto e = delayed_event(*setup.state, why, for_good, setup.around->payments.policy, jitter, now());
  const auto& delay = std::get<saga_delayed>(e.what).delay;
  if (delay.stuck && !setup.state->delay.stuck)
    log::warn("an order is stuck", {{"order_id", to_string(setup.id)},
                                    {"step", to_text(step)},
                                    {"rounds", delay.rounds},
                                    {"reason", why}});
  // What was asked for has not come about. A cancellation has, and money that is to go back is our business.
  if (is_asked_for && !is_retried && step != saga_step::returning) {
    auto waiting = std::exchange(waiting_, std::nullopt);
    evolve(std::move(e), std::move(waiting->request.reply), undecided);
    announce();
  } else {
    conclude(std::move(e));
  }
}

void order_actor_state::pass_when_durable(std::string_view place) {
  if (!fault_point_armed())
    return;
  reply_token behind_the_journal{std::make_unique<later_passage>(place)};
  behind_the_journal.require(durability_mode::journal);
  log->show(self, std::move(behind_the_journal), rejection{});
}

// ---- stock ----

void order_actor_state::settle_stock(const std::vector<order_line>& lines, order_verdict verdict) {
  for (const auto& line : lines)
    if (line.reservation)
      send_to_stock(
          stock_message{stock_settlement{obligation{line.sku, *line.reservation, setup.id, verdict}}},
          line.sku);
}

void order_actor_state::send_to_stock(stock_message message, const std::string& sku) {
  const auto& shards = *setup.around->stock;
  self->send(shards[std::hash<std::string>{}(sku) % shards.size()], std::move(message));
}

} // namespace orderd
