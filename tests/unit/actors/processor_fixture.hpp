/// The processor alone: orders, store and journal are stand-ins that the test drives.
#pragma once

#include "actors/processor.hpp"
#include "tests/support/manual_clock.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/send.hpp>

#include <chrono>
#include <deque>
#include <map>
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

  [[nodiscard]] loaded_unfinished page(const load_unfinished& ask);
  [[nodiscard]] loaded_acceptances page(const load_acceptances& ask);
};

/// One thread: nothing happens but within its calls, each of which runs until no message is left.
class processor_fixture {
 public:
  processor_fixture();
  processor_fixture(const processor_fixture&) = delete;
  processor_fixture& operator=(const processor_fixture&) = delete;
  ~processor_fixture();

  /// Spawns the processor with `setup`.
  void start();
  void begin() { send(begin_attending{{shard}}); }
  template <class Message> void send(Message message) {
    caf::anon_send(target, std::move(message));
    run();
  }
  void announce_registered(const uuid& id) { send(attention_due{id, {}, true}); }
  void announce_at(const uuid& id, timestamp at) { send(attention_due{id, at, false}); }
  void announce_none(const uuid& id) { send(attention_due{id, {}, false}); }

  /// Moves both clocks in small steps.
  void advance(std::chrono::milliseconds by);
  void run() {
    while (scheduler().try_run_once()) {
    }
  }
  [[nodiscard]] bool has_timer() { return scheduler().has_pending_timeout(); }

  /// The orders that wait for an answer, first asked first.
  [[nodiscard]] std::vector<uuid> asked() const;
  /// Answers the one asked first.
  void answer(outcome result);
  void answer_done() { answer(order_ptr{}); }
  void refuse(rejection_code code) { answer(rejection{code, "no", {}, {}, {}}); }

  [[nodiscard]] static uuid id(std::uint8_t number) {
    uuid made;
    made.bytes.back() = number;
    return made;
  }
  [[nodiscard]] static std::vector<uuid> ids(std::uint8_t first, std::uint8_t last);
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

/// The orders that wait for an answer are these.
#define CHECK_ASKED(fixture, ...)                                                                            \
  do {                                                                                                       \
    const std::vector<uuid> wanted_ids = __VA_ARGS__;                                                        \
    BOOST_CHECK((fixture).asked() == wanted_ids);                                                            \
  } while (false)

} // namespace orderd::test
