#include "actors/payment_service.hpp"

#include "actors/fail_stop.hpp"
#include "actors/messages.hpp"
#include "config/log.hpp"
#include "domain/assert.hpp"

#include <caf/actor_system.hpp>
#include <caf/behavior.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace orderd {

namespace {

/// A service may ask for a longer pause than ours, up to this.
constexpr std::chrono::seconds retry_after_max{30};

[[nodiscard]] payment_question first_question(payment_op op) {
  switch (op) {
  case payment_op::authorize:
    return payment_question::authorize;
  case payment_op::capture:
    return payment_question::capture;
  case payment_op::escrow:
  case payment_op::give_back:
    break;
  }
  return payment_question::state;
}

[[nodiscard]] std::string_view word_of(payment_verdict verdict) {
  constexpr std::array<std::string_view, 5> words{"done", "declined", "unavailable", "unknown", "refused"};
  return words[static_cast<std::size_t>(verdict)];
}

[[nodiscard]] std::atomic<std::uint64_t>& counter_of(payment_counters& counters, payment_verdict verdict) {
  switch (verdict) {
  case payment_verdict::done:
    return counters.done;
  case payment_verdict::declined:
    return counters.declined;
  case payment_verdict::unavailable:
    return counters.unavailable;
  case payment_verdict::unknown:
    return counters.unknown;
  case payment_verdict::refused:
    break;
  }
  return counters.refused;
}

} // namespace

void payment_service_state::take(payment_call& call) {
  const auto answer = [&](payment_verdict verdict, std::string detail) {
    ++counter_of(*setup_.counters, verdict);
    self_->send(call.reply_to, payment_answer{call.attempt, call.op, verdict, std::move(detail)});
  };
  // What is authorized at a service is out of the payer's reach already.
  if (call.op == payment_op::escrow)
    return answer(payment_verdict::done, {});
  if (steps_.size() >= setup_.steps_max)
    return answer(payment_verdict::unavailable, "too many payments are under way");
  const auto number = ++last_number_;
  const step_key key{call.order_id, call.attempt, call.op};
  payment_facts facts{call.order_id,         call.attempt,         call.amount, std::move(call.currency),
                      std::move(call.payer), std::move(call.payee)};
  const auto seed = setup_.jitter_seed + static_cast<std::uint32_t>(number);
  const auto [at, added] = steps_.emplace(
      number, step{key, std::move(facts), std::move(call.reply_to), call.traced_by, first_question(call.op),
                   now() + setup_.step_wait, backoff(setup_.retry_least, setup_.retry_most, seed)});
  ORDERD_ASSERT(added);
  setup_.counters->in_flight = steps_.size();
  try_now(at);
}

void payment_service_state::try_now(numbered_step at) {
  auto& [number, each] = *at;
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(each.deadline - now());
  if (left.count() <= 0)
    return give_up(at);
  const auto ticket = breaker_->try_pass(now());
  if (!ticket) {
    each.trouble = "the payment service fails, and is left alone for a while";
    // An order that nothing was done for need not wait; one that may have been charged is worth the patience.
    return each.sent ? try_later(at, {}) : give_up(at);
  }
  each.ticket = *ticket;
  ++setup_.counters->tries;
  auto ended = [target = caf::actor{self_}, step = number](payment_reply reply) {
    caf::anon_send(target, payment_try_ended{step, std::move(reply)});
  };
  auto question = make_payment_request(each.question, each.facts);
  if (each.traced_by) {
    each.try_span = each.traced_by.child();
    each.try_began = trace_now();
    question.traceparent = to_traceparent(each.try_span);
  }
  if (!setup_.client->submit(std::move(question), std::min(setup_.try_timeout, left), std::move(ended)))
    self_->send(self_,
                payment_try_ended{number, {payment_fate::not_sent, 0, {}, {}, "the client's queue is full"}});
}

void payment_service_state::ended(payment_try_ended& end) {
  const auto at = steps_.find(end.step);
  ORDERD_ASSERT(at != steps_.end());
  auto& each = at->second;
  const auto reading = read_payment_reply(each.question, each.facts, end.reply);
  note(each, reading, end.reply);
  record_try(each, end.reply);
  const bool asks_only = each.question == payment_question::state;
  each.sent = each.sent || (!asks_only && end.reply.fate != payment_fate::not_sent);
  switch (reading.finding) {
  case payment_finding::done:
    return go_on(at, reading.state);
  case payment_finding::declined:
    return finish(at, payment_verdict::declined, reading.detail);
  case payment_finding::conflict:
    // A capture that was late on its way may have come in between: what to undo is asked once more.
    if (each.key.op == payment_op::give_back && !asks_only && !each.conflicted) {
      each.conflicted = true;
      each.question = payment_question::state;
      return try_now(at);
    }
    return finish(at, payment_verdict::refused, reading.detail);
  case payment_finding::refused:
    return finish(at, payment_verdict::refused, reading.detail);
  case payment_finding::not_sent:
  case payment_finding::undecided:
    each.trouble = reading.detail;
    return try_later(at, end.reply.retry_after);
  }
}

void payment_service_state::record_try(const step& of, const payment_reply& reply) {
  if (!of.traced_by)
    return;
  std::vector<span_attribute> attributes{{"http.request.method", of.question == payment_question::state
                                                                     ? std::string("GET")
                                                                     : std::string("POST")},
                                         {"orderd.question", std::string(to_text(of.question))}};
  if (reply.fate == payment_fate::answered)
    attributes.push_back({"http.response.status_code", std::int64_t{reply.status}});
  of.traced_by.to->finish({of.try_span, of.traced_by.context.span, span_kind::client,
                           "payment " + std::string(to_text(of.question)), of.try_began, trace_now(),
                           reply.fate != payment_fate::answered || reply.status >= 400,
                           std::move(attributes)});
}

void payment_service_state::note(const step& of, const payment_reading& reading, const payment_reply& reply) {
  if (is_healthy(reply)) {
    breaker_->succeeded(of.ticket);
  } else if (breaker_->failed(of.ticket, now())) {
    ++setup_.counters->breaker_openings;
    log::warn("the payment service fails; it is left alone for a while", {{"detail", reading.detail}});
  }
  setup_.counters->breaker_open = breaker_->is_open();
  if (reading.finding != payment_finding::not_sent && reading.finding != payment_finding::undecided)
    return;
  ++setup_.counters->tries_failed;
  log::info("a try of a payment failed", {{"order_id", to_string(of.key.order_id)},
                                          {"attempt", of.key.attempt},
                                          {"op", to_text(of.key.op)},
                                          {"question", to_text(of.question)},
                                          {"status", reply.status},
                                          {"detail", reading.detail}});
}

void payment_service_state::go_on(numbered_step at, payment_state found) {
  auto& each = at->second;
  if (each.question != payment_question::state)
    return finish(at, payment_verdict::done, {});
  switch (found) {
  case payment_state::unseen:
    // Its authorization may still be on its way: the service remembers the void and declines it then.
  case payment_state::authorized:
    each.question = payment_question::cancel;
    return try_now(at);
  case payment_state::captured:
    each.question = payment_question::refund;
    return try_now(at);
  case payment_state::voided:
  case payment_state::refunded:
  case payment_state::declined:
    return finish(at, payment_verdict::done, {});
  }
}

void payment_service_state::try_later(numbered_step at, std::optional<std::chrono::seconds> asked_for) {
  auto& each = at->second;
  std::chrono::milliseconds pause = each.pause.next();
  if (asked_for)
    pause = std::max<std::chrono::milliseconds>(pause, std::min(*asked_for, retry_after_max));
  if (now() + pause >= each.deadline)
    return give_up(at);
  self_->delayed_send(self_, pause, payment_pause_over{at->first});
}

void payment_service_state::pause_over(std::uint64_t number) {
  const auto at = steps_.find(number);
  ORDERD_ASSERT(at != steps_.end());
  try_now(at);
}

void payment_service_state::give_up(numbered_step at) {
  finish(at, at->second.sent ? payment_verdict::unknown : payment_verdict::unavailable,
         std::move(at->second.trouble));
}

void payment_service_state::finish(numbered_step at, payment_verdict verdict, std::string detail) {
  const step each = std::move(at->second);
  steps_.erase(at);
  setup_.counters->in_flight = steps_.size();
  ++counter_of(*setup_.counters, verdict);
  if (verdict != payment_verdict::done && verdict != payment_verdict::declined)
    log::warn("a step of a payment failed", {{"order_id", to_string(each.key.order_id)},
                                             {"attempt", each.key.attempt},
                                             {"op", to_text(each.key.op)},
                                             {"verdict", word_of(verdict)},
                                             {"detail", detail}});
  self_->send(each.reply_to, payment_answer{each.key.attempt, each.key.op, verdict, std::move(detail)});
}

payment_service_state::time_point payment_service_state::now() const { return self_->clock().now(); }

caf::behavior payment_service(caf::stateful_actor<payment_service_state>* self, payment_service_setup setup) {
  fail_stop_on_exception(self, "the payment service actor failed");
  auto& state = self->state;
  state.setup_ = std::move(setup);
  state.breaker_.emplace(state.setup_.circuit, state.setup_.jitter_seed);
  return {
      [&state](payment_call& call) { state.take(call); },
      [&state](payment_try_ended& end) { state.ended(end); },
      [&state](const payment_pause_over& pause) { state.pause_over(pause.step); },
  };
}

} // namespace orderd
