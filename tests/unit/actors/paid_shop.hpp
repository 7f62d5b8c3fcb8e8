/// An engine whose payments a test decides.
#pragma once

#include "tests/unit/actors/keyed_requests.hpp"

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include <deque>
#include <memory>
#include <string>
#include <utility>

namespace orderd::test {

[[nodiscard]] inline engine_options with_service() {
  auto options = small_engine();
  options.payments = payments_mode::http;
  options.processor_interval = std::chrono::seconds{0};
  options.sagas = {2, std::chrono::seconds{1}, std::chrono::seconds{2}};
  return options;
}

/// An engine whose payments the test decides, one call after the other.
class paid_shop {
 public:
  paid_shop() { engine.ask<defined_stock>(definition("A", 10)); }
  paid_shop(const paid_shop&) = delete;
  paid_shop& operator=(const paid_shop&) = delete;
  ~paid_shop() { calls_->clear(); } // No actor may outlive the system.

  /// Actors of the name `held` do nothing from the start on.
  void crash(std::string held = {}) {
    calls_->clear();
    engine.crash();
    engine.hold(std::move(held));
    engine.run();
  }

  /// The call that waits for an answer; there is one at most, for one order at a time.
  [[nodiscard]] const payment_call& call() const {
    BOOST_REQUIRE_EQUAL(calls_->size(), 1U);
    return calls_->front();
  }
  [[nodiscard]] bool is_asked() const { return !calls_->empty(); }
  void answer(payment_op expected, payment_verdict verdict) {
    BOOST_REQUIRE(call().op == expected);
    const auto asked = std::move(calls_->front());
    calls_->pop_front();
    caf::anon_send(asked.reply_to, payment_answer{asked.attempt, asked.op, verdict, "said so"});
    engine.run();
  }
  void pay() { answer(payment_op::authorize, payment_verdict::done); }

  template <class Request> [[nodiscard]] answer_slot begin(Request request) {
    const auto slot = engine.submit(std::move(request));
    engine.run();
    return slot;
  }
  [[nodiscard]] answer_slot buy(order_status wanted = order_status::processed, unsigned key = 0) {
    id = engine.fresh_uuid();
    auto request = creation(id, {line_of("A", 2)}, wanted);
    return begin(key == 0 ? std::move(request) : keyed(std::move(request), key));
  }
  [[nodiscard]] answer_slot retry(const caller& who = operator_caller) {
    return begin(order_request{id, who, {}, retry_order{}, {}});
  }
  [[nodiscard]] order_ptr now() { return engine.ask(look(id)); }
  [[nodiscard]] bool exists() {
    const auto slot = begin(look(id));
    return refusal(slot) != rejection_code::not_found;
  }
  [[nodiscard]] std::int64_t reserved() {
    return engine.ask<stock_view>(to_stock("A", get_stock{})).levels.reserved;
  }
  [[nodiscard]] std::int64_t stuck() { return engine.counters().sagas_stuck; }

  /// An order that is processed and paid for, by a waiting client.
  void have_processed() {
    const auto bought = buy();
    pay();
    BOOST_REQUIRE(expect<order_ptr>(bought)->status == order_status::processed);
  }
  /// An order that nobody waits for, and whose placement is stuck.
  void have_stuck_placement() {
    expect<order_ptr>(buy(order_status::registered));
    answer(payment_op::authorize, payment_verdict::refused);
    BOOST_REQUIRE(now()->delay.stuck);
  }

  uuid id; ///< of the last order

 private:
  std::shared_ptr<std::deque<payment_call>> calls_ = std::make_shared<std::deque<payment_call>>();

 public:
  engine_fixture engine{
      with_service(), printed_seed(), [calls = calls_](caf::actor_system& system, engine_ground& ground) {
        ground.payment_service = system.spawn([calls](caf::event_based_actor*) -> caf::behavior {
          return {[calls](payment_call& call) { calls->push_back(std::move(call)); }};
        });
      }};
};

} // namespace orderd::test
