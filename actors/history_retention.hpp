/// Which of the oldest events go, and when: the history is kept for so many days.
#pragma once

#include "actors/engine_counters.hpp"
#include "config/clock.hpp"
#include "persistence/store.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace orderd {

struct retention_setup {
  std::chrono::days kept{0}; ///< 0: for ever
  const clock_port* clock = nullptr;
  engine_counters* counters = nullptr;
  /// How far each sink of the process is, as it is stored: no event goes that one of them may still ask for,
  /// be it disabled.
  std::vector<sink_position> sinks = {};
};

/// What one step has done.
struct retention_step {
  std::size_t dropped = 0;
  bool more = false; ///< there may be more to be dropped
};

/// Owned by write-behind, on its thread.
class history_retention {
 public:
  explicit history_retention(retention_setup setup);

  [[nodiscard]] bool is_on() const noexcept { return setup_.kept.count() > 0; }
  /// A sink is here now, which is not stored yet: events behind a position that went back are kept from now
  /// on.
  void moved(const sink_position& position);
  /// These positions are stored now.
  void saved(const std::vector<sink_position>& positions);
  /// Drops some of the events that are old enough, were passed by every sink and are durable in the store, up
  /// to `durable_seq`. Blocks for one short transaction. Errors of the store; of a history that does not
  /// follow from itself, which stays as it is, `is_in_events`: that is logged and shown each time.
  [[nodiscard]] result<retention_step> step(store_writer& store, std::uint64_t durable_seq);

 private:
  [[nodiscard]] result<std::size_t> drop(store_writer& store, std::uint64_t durable_seq);

  retention_setup setup_;
  std::map<std::string, std::uint64_t> passed_; ///< by sink
  std::uint64_t dropped_ = 0;                   ///< since this was logged last
  bool unsure_ = false;                         ///< what became of the last drop
};

} // namespace orderd
