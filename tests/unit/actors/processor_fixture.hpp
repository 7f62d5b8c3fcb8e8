/// The processor alone: orders, store and journal are stand-ins that the test drives.
#pragma once

#include "actors/processor.hpp"
#include "config/log.hpp"
#include "tests/support/manual_clock.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <vector>

namespace orderd::test {

/// What the processor has asked for and nobody has answered, and what the store would say.
struct processor_surroundings {
  std::deque<order_request> requests;
  std::deque<journal_append> barriers; ///< answered at once unless `holds_barriers`
  std::map<uuid, unfinished_order> unfinished;
  std::set<std::pair<timestamp, uuid>> acceptances;
  bool holds_barriers = false;
  bool store_is_away = false;
  std::size_t pages = 0; ///< asked for

  [[nodiscard]] loaded_unfinished page(const load_unfinished& ask) {
    ++pages;
    if (store_is_away)
      return {fail(error_code::store_failed, "away")};
    std::vector<unfinished_order> found;
    auto next = ask.after ? unfinished.upper_bound(*ask.after) : unfinished.begin();
    for (; next != unfinished.end() && found.size() < ask.limit; ++next)
      found.push_back(next->second);
    return {std::move(found)};
  }
  [[nodiscard]] loaded_acceptances page(const load_acceptances& ask) {
    ++pages;
    if (store_is_away)
      return {fail(error_code::store_failed, "away")};
    std::vector<acceptance_due> found;
    auto next = ask.after ? acceptances.upper_bound({ask.after->at, ask.after->id}) : acceptances.begin();
    for (; next != acceptances.end() && found.size() < ask.limit; ++next)
      found.push_back({next->second, next->first});
    return {std::move(found)};
  }
};

inline caf::behavior order_shard_double(caf::event_based_actor*, processor_surroundings* around) {
  return {[around](order_request& request) { around->requests.push_back(std::move(request)); }};
}

inline caf::behavior loader_double(caf::event_based_actor* self, processor_surroundings* around) {
  return {[=](const load_unfinished& ask) { self->send(ask.reply_to, around->page(ask)); },
          [=](const load_acceptances& ask) { self->send(ask.reply_to, around->page(ask)); }};
}

inline caf::behavior journal_double(caf::event_based_actor*, processor_surroundings* around) {
  return {[around](journal_append& asked) {
    BOOST_CHECK(!asked.what);
    BOOST_CHECK(asked.reply.durability() == durability_mode::store);
    if (around->holds_barriers)
      around->barriers.push_back(std::move(asked));
    else
      asked.reply.answer(std::move(asked.answer));
  }};
}

/// One thread: nothing happens but within its calls, each of which runs until no message is left.
class processor_fixture {
 public:
  processor_fixture() {
    log::set_level(log::level::error);
    counters.headroom_bytes = std::uint64_t{1} << 30U;
    setup.clock = &clock;
    setup.counters = &counters;
    setup.interval = std::chrono::seconds{5};
  }
  processor_fixture(const processor_fixture&) = delete;
  processor_fixture& operator=(const processor_fixture&) = delete;
  ~processor_fixture() {
    for (const auto& each : {target, shard, setup.loader, setup.journal})
      caf::anon_send_exit(each, caf::exit_reason::user_shutdown);
    run();
    around.requests.clear();
    around.barriers.clear();
    scheduler().clock().cancel_all();
    run();
  }

  /// Spawns the processor with `setup`.
  void start() {
    setup.loader = system.spawn(loader_double, &around);
    setup.journal = system.spawn(journal_double, &around);
    shard = system.spawn(order_shard_double, &around);
    target = system.spawn(processor, setup);
    run();
  }
  void begin() { send(begin_attending{{shard}}); }
  template <class Message> void send(Message message) {
    caf::anon_send(target, std::move(message));
    run();
  }
  void announce_registered(const uuid& id) { send(attention_due{id, {}, true}); }
  void announce_at(const uuid& id, timestamp at) { send(attention_due{id, at, false}); }
  void announce_none(const uuid& id) { send(attention_due{id, {}, false}); }

  /// Moves both clocks in small steps.
  void advance(std::chrono::milliseconds by) {
    for (; by.count() > 0; by -= std::min(by, step)) {
      clock.advance(std::min(by, step));
      scheduler().advance_time(std::min(by, step));
      run();
    }
  }
  void run() {
    while (scheduler().try_run_once()) {
    }
  }
  [[nodiscard]] bool has_timer() { return scheduler().has_pending_timeout(); }

  /// The orders that wait for an answer, first asked first.
  [[nodiscard]] std::vector<uuid> asked() const {
    std::vector<uuid> ids;
    for (const auto& request : around.requests)
      ids.push_back(request.id);
    return ids;
  }
  /// Answers the one asked first.
  void answer(outcome result) {
    BOOST_REQUIRE(!around.requests.empty());
    auto request = std::move(around.requests.front());
    around.requests.pop_front();
    BOOST_CHECK(std::holds_alternative<attend_order>(request.what));
    BOOST_CHECK(request.who.is_operator);
    request.reply.answer(std::move(result));
    run();
  }
  void answer_done() { answer(order_ptr{}); }
  void refuse(rejection_code code) { answer(rejection{code, "no", {}, {}, {}}); }

  [[nodiscard]] static uuid id(std::uint8_t number) {
    uuid made;
    made.bytes.back() = number;
    return made;
  }
  [[nodiscard]] static std::vector<uuid> ids(std::uint8_t first, std::uint8_t last) {
    std::vector<uuid> made;
    for (int number = first; number <= last; ++number)
      made.push_back(id(static_cast<std::uint8_t>(number)));
    return made;
  }
  [[nodiscard]] timestamp in(std::chrono::milliseconds later) const { return clock.now() + later; }
  void store_unfinished(const uuid& order, bool registered, std::optional<timestamp> due_at = {},
                        bool stuck = false) {
    around.unfinished[order] = {order, due_at, stuck, registered};
  }

  tests::manual_clock clock;
  engine_counters counters;
  processor_surroundings around;
  processor_setup setup;
  caf::actor shard;
  caf::actor target;

 private:
  static constexpr std::chrono::milliseconds step{10};
  struct testing_config : caf::actor_system_config {
    testing_config() { set("scheduler.policy", caf::atom("testing")); }
  };
  [[nodiscard]] caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  }

  testing_config config_;

 public:
  caf::actor_system system{config_};
};

} // namespace orderd::test
