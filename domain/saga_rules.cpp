#include "domain/saga_rules.hpp"

#include "domain/assert.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace orderd {

namespace {

/// An attempt is the version at which the payment began. An order is created first, so none is lower.
constexpr std::uint64_t first_attempt_of_most = 2;

[[nodiscard]] std::chrono::milliseconds pause_after(std::uint32_t rounds, const saga_policy& policy,
                                                    std::uint32_t jitter) {
  constexpr std::uint32_t doublings_max = 20;
  const auto doublings = std::min(rounds - 1, doublings_max);
  const auto longest = std::min(policy.pause_min * (std::int64_t{1} << doublings), policy.pause_max);
  constexpr std::int64_t shares = 1'000;
  return longest - longest * (jitter % shares) / (4 * shares);
}

[[nodiscard]] notice_course course_of_authorization(const order& state) noexcept {
  if (state.step == saga_step::authorizing)
    return notice_course::step_done;
  // Declined, and held nevertheless: nobody will give that back.
  return state.payment == payment_status::failed ? notice_course::conflicts : notice_course::none;
}

[[nodiscard]] notice_course course_of_failure(const order& state) noexcept {
  if (state.step == saga_step::authorizing)
    return notice_course::declined;
  const bool counts_on_it =
      state.payment == payment_status::authorized || state.payment == payment_status::captured;
  return counts_on_it && state.step != saga_step::returning ? notice_course::conflicts : notice_course::none;
}

[[nodiscard]] notice_course course_of_refund(const order& state) noexcept {
  if (state.step == saga_step::returning)
    return notice_course::step_done;
  // To be asked for once more it would be answered as the first time, though nothing is held any longer.
  if (is_placement(state.step))
    return notice_course::abandons;
  // The goods have left: whoever calls the order off now gives them away.
  if (state.step == saga_step::capturing)
    return notice_course::conflicts;
  if (state.payment == payment_status::authorized && may_follow(state.status, order_status::cancelled))
    return notice_course::cancels;
  return state.payment == payment_status::captured ? notice_course::conflicts : notice_course::none;
}

} // namespace

order_event reserved_event(const order& state, std::vector<order_line> lines, refusal_outcome on_refusal,
                           const caller& who, timestamp now, payment_keeper keeper) {
  auto e = next_event(state, who, now);
  const auto total = total_of(lines);
  ORDERD_ASSERT(total.has_value());
  e.what = order_reserved{{std::move(lines), *total, on_refusal}, keeper};
  return e;
}

order_event step_done(const order& state, bool escrow_follows, std::optional<timestamp> accept_by,
                      const caller& who, timestamp now) {
  auto e = next_event(state, who, now);
  switch (state.step) {
  case saga_step::none:
    break;
  case saga_step::authorizing:
    e.what = payment_authorized{escrow_follows};
    return e;
  case saga_step::escrowing:
    e.what = payment_escrowed{};
    return e;
  case saga_step::placing:
    e.what = order_placed{order_status::processed, state.placing.lines, state.placing.total, accept_by};
    return e;
  case saga_step::capturing:
    e.what = order_completed{state.lines, true};
    return e;
  case saga_step::returning:
    e.what = payment_returned{};
    return e;
  }
  assertion_failed("a step under way", __FILE__, __LINE__);
}

std::vector<order_event> refused_events(const order& state, const order_failure& why, const caller& who,
                                        timestamp now) {
  ORDERD_ASSERT(state.step == saga_step::authorizing);
  auto e = next_event(state, who, now);
  if (state.placing.on_refusal == refusal_outcome::withdraw) {
    e.what = order_withdrawn{why, state.placing.lines};
    return {e};
  }
  e.what = payment_declined{why, state.placing.lines};
  std::vector<order_event> events{e};
  if (state.placing.on_refusal == refusal_outcome::fail) {
    ++e.version;
    e.what = order_failed{why};
    events.push_back(std::move(e));
  }
  return events;
}

order_event abandoned_event(const order& state, const order_failure& why, const caller& who, timestamp now) {
  ORDERD_ASSERT(is_placement(state.step));
  auto e = next_event(state, who, now);
  if (state.placing.on_refusal == refusal_outcome::keep)
    e.what = payment_abandoned{why, state.placing.lines};
  else
    e.what = order_failed{why, state.placing.lines, true};
  return e;
}

order_event delayed_event(const order& state, const std::string& why, bool for_good,
                          const saga_policy& policy, std::uint32_t jitter, timestamp now) {
  ORDERD_ASSERT(state.step != saga_step::none);
  auto e = next_event(state, the_engine(), now);
  saga_delay delay;
  delay.rounds = state.delay.rounds + 1;
  delay.trouble = why;
  delay.stuck = for_good || delay.rounds >= policy.rounds_max;
  if (!for_good)
    delay.due_at = now + pause_after(delay.rounds, policy, jitter);
  e.what = saga_delayed{std::move(delay)};
  return e;
}

order_event failed_event(const order& state, order_failure why, const caller& who, timestamp now) {
  auto e = next_event(state, who, now);
  e.what = order_failed{std::move(why), held_lines(state), may_hold_money(state)};
  return e;
}

decision<order_event> decide_retry(const order& state, const caller& who, timestamp now) {
  if (!may_see(state, who))
    return tl::unexpected(order_not_found(state.id));
  if (!who.is_operator)
    return refuse(rejection_code::forbidden, "only an operator may have a step tried again");
  if (state.step == saga_step::none)
    return refuse(rejection_code::illegal_transition,
                  "order " + to_string(state.id) + " has no step under way that could be tried again");
  auto e = next_event(state, who, now);
  e.what = saga_retried{};
  return e;
}

std::optional<order_event> lapsed_event(const order& state, timestamp now) {
  if (state.status != order_status::processed || state.step != saga_step::none || !state.accept_by ||
      *state.accept_by > now)
    return std::nullopt;
  auto e = next_event(state, the_engine(), now);
  e.what = order_cancelled{"nobody accepted it in time", state.lines, may_hold_money(state)};
  return e;
}

std::string_view to_text(noticed_payment finding) noexcept {
  static constexpr std::array<std::string_view, 3> texts{"authorized", "failed", "refunded"};
  return texts.at(static_cast<std::size_t>(finding));
}

decision<notice_course> decide_notice(const order& state, const payment_notice& notice) {
  if (state.keeper != payment_keeper::service)
    return refuse(rejection_code::illegal_transition,
                  state.keeper == payment_keeper::ledger
                      ? "the payment of order " + to_string(state.id) + " is with the ledger"
                      : "order " + to_string(state.id) + " has no payment with a payment service");
  if (notice.attempt && *notice.attempt > state.attempt)
    return refuse(rejection_code::invalid_field,
                  "attempt is " + std::to_string(*notice.attempt) + ", and the latest payment of order " +
                      to_string(state.id) + " is " + std::to_string(state.attempt),
                  "attempt");
  if (!notice.attempt && state.attempt > first_attempt_of_most)
    return refuse(rejection_code::invalid_field,
                  "attempt is missing, and order " + to_string(state.id) +
                      " may have had payments before the latest, which is " + std::to_string(state.attempt),
                  "attempt");
  if (notice.attempt.value_or(state.attempt) != state.attempt)
    return notice_course::none;
  switch (notice.finding) {
  case noticed_payment::authorized:
    return course_of_authorization(state);
  case noticed_payment::failed:
    return course_of_failure(state);
  case noticed_payment::refunded:
    return course_of_refund(state);
  }
  assertion_failed("a known noticed_payment", __FILE__, __LINE__);
}

order_event refunded_event(const order& state, const std::string& reason, timestamp now) {
  ORDERD_ASSERT(state.payment == payment_status::authorized);
  auto e = next_event(state, the_engine(), now);
  e.what = order_cancelled{reason.empty() ? "its payment was refunded" : reason, held_lines(state),
                           may_hold_money(state)};
  return e;
}

attention_need attention_of(const order& state) {
  if (state.step != saga_step::none)
    return {false, state.delay.due_at};
  if (state.status == order_status::registered)
    return {true, std::nullopt};
  if (state.status == order_status::processed)
    return {false, state.accept_by};
  return {};
}

rejection refusal_of(const order_failure& why) {
  static constexpr std::array codes = {
      rejection_code::insufficient_stock,  rejection_code::payment_declined, rejection_code::unknown_product,
      rejection_code::reservation_expired, rejection_code::price_changed,    rejection_code::invalid_field,
      rejection_code::payment_unavailable};
  for (const auto code : codes)
    if (code_text(code) == why.code)
      return {code, why.detail, {}, {}, {}};
  return {rejection_code::illegal_transition, why.detail, {}, {}, {}};
}

order_failure failure_of(const rejection& why) { return {std::string(code_text(why.code)), why.detail}; }

} // namespace orderd
