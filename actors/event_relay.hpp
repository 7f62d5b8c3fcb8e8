/// Brings the history's public events to one sink: at least once, in order for each order and item.
#pragma once

#include "actors/engine_counters.hpp"
#include "actors/journal_messages.hpp"
#include "actors/relay_messages.hpp"
#include "actors/sink_figures.hpp"
#include "config/backoff.hpp"
#include "config/clock.hpp"
#include "persistence/event_renderer.hpp"
#include "persistence/publisher.hpp"
#include "persistence/store.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/response_promise.hpp>
#include <caf/stateful_actor.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace orderd {

/// What a relay is bounded by.
struct relay_bounds {
  std::uint64_t rate_max = 20'000; ///< events of the history a second, while it is behind
  /// Of an event that waits for a sink that cannot be reached; older ones are passed over.
  std::chrono::seconds age_max{7 * 86'400};
  std::uint64_t waiting_max = 10'000'000; ///< events of the history that wait for it; of more, the oldest are
  std::chrono::milliseconds pause_min{100}; ///< after a failed try; doubles with each
  std::chrono::milliseconds pause_max{2'000};
  std::chrono::seconds disable_after{0}; ///< of a sink that takes nothing; 0: never
};

struct relay_setup {
  sink_position start;
  std::shared_ptr<publisher> to;
  std::shared_ptr<store_reader> reader;
  caf::actor write_behind;
  std::shared_ptr<sink_figures> figures;
  engine_counters* counters = nullptr;
  const clock_port* clock = nullptr;
  relay_bounds bounds;
  std::uint32_t jitter_seed = 1;
};

/// Messages: `look_atom` (there may be more), `relay_pause_over`, `replay_sink`, `finish_atom`.
///
/// It reads the history page by page and sends what of it is public. Of each order and each item one event is
/// on its way at a time, so that a lost one is never overtaken by a later one. Its position follows what was
/// taken; after a crash, what was sent since the last stored position is sent again, under the same ids.
class relay_state {
 public:
  explicit relay_state(caf::event_based_actor* self) : self_(self) {}

  void look();
  void pause_over(const relay_pause_over& pause);
  void replay(const replay_sink& from);
  caf::result<finish_atom> finish();

  static inline const char* name = "orderd.event_relay";

 private:
  friend caf::behavior event_relay(caf::stateful_actor<relay_state>*, relay_setup);

  /// Before anything is sent, and after a rest. False if it has to be tried again.
  [[nodiscard]] bool get_ready();
  /// Does a bounded piece of work, and sees to the next.
  void work();
  /// Whether what waits has waited for too long, or too much waits behind it.
  [[nodiscard]] bool is_overdue() const;
  /// False if the store could not be read.
  [[nodiscard]] bool read_page();
  [[nodiscard]] result<void> take_page();
  [[nodiscard]] std::size_t page_max() const;
  void skip_to(std::uint64_t seq, std::string_view why);
  /// Sends what waits, round by round; false if some of it was not taken.
  [[nodiscard]] bool send_pending();
  /// The first of each key.
  [[nodiscard]] std::vector<std::size_t> next_round() const;
  void note_failure(const publish_report& report);
  void disable(std::string why);
  void move_to(std::uint64_t seq);
  void pause(std::chrono::milliseconds longest);
  /// Until there is more, or it is time to see whether the sink is still there.
  void rest();
  /// What is left of the time that the present page may take at least.
  [[nodiscard]] std::chrono::milliseconds pace(std::chrono::steady_clock::time_point began) const;
  /// Whether events may be passed over now.
  [[nodiscard]] bool is_bounded() const;
  /// How old the oldest is that waits, where nothing is being sent.
  void note_oldest();
  void set_oldest(timestamp at);

  caf::event_based_actor* self_;
  relay_setup setup_;
  std::optional<event_renderer> renderer_;
  std::optional<backoff> retry_;
  std::vector<cloud_event> pending_; ///< of the present page, in order; not taken yet
  std::uint64_t page_end_ = 0;       ///< how far the history was read
  std::size_t page_events_ = 0;      ///< of the history, read last
  timestamp page_newest_;
  std::uint64_t position_ = 0;
  std::uint64_t asked_for_to_ = 0; ///< so far an operator wants all, however old
  bool bounded_ = true;            ///< what had gathered while nothing could be sent is still to be judged
  bool idle_ = false;              ///< the pause is a rest: it ends when there is more
  bool resent_ = false;            ///< the present page had to be sent more than once
  bool unreadable_ = false;        ///< the store was, the last time
  bool ready_ = false;             ///< the sink could be reached once
  bool disabled_ = false;
  bool finishing_ = false;
  std::optional<std::uint64_t> pause_; ///< the number of the pause that is waited for
  std::uint64_t last_pause_ = 0;
  std::optional<timestamp> failing_since_;
  std::chrono::milliseconds asked_pause_{0}; ///< that the sink wants before the next try
};

/// Spawn it detached: it blocks for the store and for its sink.
caf::behavior event_relay(caf::stateful_actor<relay_state>* self, relay_setup setup);

} // namespace orderd
