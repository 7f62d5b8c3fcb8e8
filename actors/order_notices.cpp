/// What a payment service says of an order's payment without being asked.
#include "actors/order_actor.hpp"
#include "config/log.hpp"

#include <utility>

namespace orderd {

bool order_actor_state::decides_at_once(const order_request& request) const {
  const auto* notice = std::get_if<payment_notice>(&request.what);
  if (notice == nullptr || placing_)
    return false;
  const auto course = decide_notice(*setup.state, *notice);
  // What may hold money ends the order only once it is known what became of it: an answer that came too late
  // would name a hold that nobody gives back.
  return !course || (*course != notice_course::declined && *course != notice_course::abandons &&
                     *course != notice_course::cancels);
}

void order_actor_state::handle(const payment_notice& notice, order_request& request) {
  if (!setup.state)
    return refuse(request, order_not_found(setup.id));
  const auto course = decide_notice(*setup.state, notice);
  if (!course)
    return refuse(request, course.error());
  switch (*course) {
  case notice_course::conflicts:
    setup.around->counters->payment_conflicts.fetch_add(1, std::memory_order_relaxed);
    log::warn("a notice of the payment service does not fit the order",
              {{"order_id", to_string(setup.id)},
               {"finding", to_text(notice.finding)},
               {"payment", to_text(setup.state->payment)},
               {"reason", notice.reason}});
    [[fallthrough]];
  case notice_course::none:
    return log->show(self, std::move(request.reply), setup.state);
  case notice_course::step_done:
  case notice_course::declined:
    // The notice is moved with its request.
    return learn(payment_notice{notice}, *course, request);
  case notice_course::abandons:
  case notice_course::cancels:
    return end_by(notice, *course, request);
  }
}

void order_actor_state::learn(const payment_notice& notice, notice_course course, order_request& request) {
  asked_.reset();
  // An event carries the record of one request. Whoever waits comes first: a notice that is repeated after a
  // crash finds that it is known.
  reply_token behind;
  if (waiting_)
    behind = std::move(request.reply);
  else
    waiting_.emplace(pending_request{std::move(request), {}});
  if (course == notice_course::step_done)
    step_is_done();
  else
    payment_is_refused(rejection_code::payment_declined,
                       notice.reason.empty() ? "the payment failed" : notice.reason);
  if (behind)
    log->show(self, std::move(behind), setup.state);
  if (!is_busy())
    take_deferred();
}

void order_actor_state::end_by(const payment_notice& notice, notice_course course, order_request& request) {
  const auto lines = held_lines(*setup.state);
  if (course == notice_course::cancels) {
    evolve(refunded_event(*setup.state, notice.reason, now()), std::move(request.reply));
    settle_stock(lines, order_verdict::release);
  } else {
    const auto why = notice.reason.empty() ? std::string("the payment was refunded") : notice.reason;
    const rejection refused{rejection_code::payment_declined, why, {}, {}, {}};
    evolve(abandoned_event(*setup.state, failure_of(refused), the_engine(), now()), std::move(request.reply));
    settle_stock(lines, order_verdict::abandon);
  }
  proceed();
}

} // namespace orderd
