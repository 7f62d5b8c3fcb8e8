/// Brings the journal's events into the store, in batches, behind everything else.
#pragma once

#include "actors/engine_counters.hpp"
#include "actors/history_retention.hpp"
#include "actors/messages.hpp"
#include "actors/relay_messages.hpp"
#include "actors/request_trace.hpp"
#include "actors/sink_figures.hpp"
#include "actors/store_feed.hpp"
#include "config/backoff.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/response_promise.hpp>
#include <caf/stateful_actor.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

namespace orderd {

struct write_behind_setup {
  std::shared_ptr<store_feed> feed;
  engine_counters* counters = nullptr;
  stored_traces* traces = nullptr;            ///< null: nobody is told
  std::chrono::milliseconds batch_latency{0}; ///< how long events may gather before a batch is begun
  std::uint32_t jitter_seed = 1;
  retention_setup retention;
};

/// Messages: `(advanced_atom, journal)`, `(awaited_atom, waiters)`, `(drain_atom, number)`, `ckpoint_atom`,
/// `relay_waits`, `sink_moved`, `position_atom`, `retain_atom`, `finish_atom`.
struct write_behind_state {
  explicit write_behind_state(caf::event_based_actor* self) : self(self) {}

  void advanced(caf::actor journal);
  void awaited(caf::actor waiters);
  void drain(std::uint64_t number);
  void checkpoint();
  void sink_has_moved(sink_moved& moved);
  void save_positions();
  /// Drops some old events, while there is nothing else to do.
  void retain();
  caf::result<finish_atom> finish();

  caf::event_based_actor* self;
  write_behind_setup setup;

  static inline const char* name = "orderd.write_behind";

 private:
  friend caf::behavior write_behind_actor(caf::stateful_actor<write_behind_state>*, write_behind_setup);

  void schedule(std::chrono::milliseconds delay);
  [[nodiscard]] bool apply_batch();
  void give_up_for_now();
  void tell_waiters();
  void tell_relays();
  void checkpoint_later();
  void retain_later(std::chrono::milliseconds pause);
  /// Until old events are dropped again. Ends the process if another try would not help.
  [[nodiscard]] static std::chrono::milliseconds pause_after_trouble(const error& why);
  /// After a failed try of the store. Ends the process if another would not help.
  void note_trouble(const error& why);
  [[nodiscard]] bool behind() const;
  [[nodiscard]] bool somebody_waits() const;

  caf::actor journal_;
  caf::actor waiters_; ///< who wait for the store; known since one had to
  std::vector<relay_waits> relays_;
  std::vector<sink_position> unsaved_; ///< the latest of each sink that has moved
  bool save_sent_ = false;
  std::optional<caf::response_promise> finishing_;
  std::uint64_t checkpointed_seq_ = 0;
  std::uint64_t checkpointed_bytes_ = 0; ///< of events, applied before the last checkpoint
  std::uint64_t dropped_since_ = 0;      ///< events that were dropped since the last checkpoint
  std::optional<history_retention> retention_;
  std::optional<backoff> retry_;
  std::optional<std::uint64_t> drain_due_; ///< the number of the drain that counts
  std::chrono::milliseconds drain_delay_{0};
  std::uint64_t last_drain_ = 0;
  bool checkpoint_sent_ = false;
};

/// Spawn it detached: it blocks for the store. A store that fails is tried again for ever with capped
/// backoff; the backlog waits in the journal. A store that another process has taken over ends this one.
caf::behavior write_behind_actor(caf::stateful_actor<write_behind_state>* self, write_behind_setup setup);

} // namespace orderd
