#include "tests/sim/outside_service.hpp"

#include "actors/messages.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>

#include <chrono>

namespace orderd::test {

bool outside_service::work(const payment_call& call) {
  auto& there = payments_[{call.order_id, call.attempt}];
  switch (call.op) {
  case payment_op::authorize:
    // What was given back stays so, however late an old call comes.
    if (there == state::returned || (there == state::nothing && !calm_ && random_() % 6 == 0))
      return false;
    if (there == state::nothing)
      there = state::authorized;
    return true;
  case payment_op::escrow:
    misused_ = true;
    return true;
  case payment_op::capture:
    misused_ = misused_ || there == state::nothing || there == state::returned;
    there = state::captured;
    return true;
  case payment_op::give_back:
    there = state::returned;
    return true;
  }
  return false;
}

outside_service::reply outside_service::take(const payment_call& call) {
  const auto luck = calm_ ? 0 : random_() % 20;
  if (luck == 19)
    return {payment_verdict::unavailable};
  if (luck == 18)
    return {payment_verdict::refused};
  if (luck >= 14) {
    // The work is done or not; the answer is lost, or nobody knows it.
    if (random_() % 2 == 0)
      static_cast<void>(work(call));
    if (luck != 17)
      return {payment_verdict::unknown};
    silent_ = true;
    return {std::nullopt};
  }
  const auto verdict = work(call) ? payment_verdict::done : payment_verdict::declined;
  const int times = luck == 13 ? 2 : 1;
  return {verdict, times, luck >= 10 ? static_cast<std::uint32_t>(random_() % 3'000) : 0};
}

outside_books outside_service::books() const {
  outside_books all;
  for (const auto& [key, there] : payments_) {
    all[key.first].authorized += there == state::authorized ? 1 : 0;
    all[key.first].captured += there == state::captured ? 1 : 0;
  }
  return all;
}

caf::actor spawn_way_to(caf::actor_system& system, std::shared_ptr<outside_service> service) {
  return system.spawn([service](caf::event_based_actor* self) -> caf::behavior {
    return {[service, self](payment_call& call) {
      const auto reply = service->take(call);
      for (int i = 0; reply.verdict && i < reply.times; ++i) {
        payment_answer answer{call.attempt, call.op, *reply.verdict, "as the service says"};
        if (reply.delay_ms == 0)
          self->send(call.reply_to, std::move(answer));
        else
          self->delayed_send(call.reply_to, std::chrono::milliseconds{reply.delay_ms}, std::move(answer));
      }
    }};
  });
}

} // namespace orderd::test
