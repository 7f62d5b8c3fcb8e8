/// Brings the journal's events into the store, in batches, behind everything else.
#pragma once

#include "actors/engine_counters.hpp"
#include "actors/messages.hpp"
#include "actors/store_feed.hpp"
#include "config/backoff.hpp"

#include <caf/actor_clock.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/response_promise.hpp>
#include <caf/stateful_actor.hpp>

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace orderd {

struct write_behind_setup {
  std::shared_ptr<store_feed> feed;
  engine_counters* counters = nullptr;
  std::vector<caf::actor> readers;
  std::chrono::milliseconds batch_latency{0}; ///< how long events may gather before a batch is begun
  std::chrono::milliseconds list_wait{0};     ///< how long a list may wait for the store to catch up
  std::size_t lists_waiting_max = 0;
  std::chrono::milliseconds store_wait{0}; ///< how long an answer may wait for the store
  std::uint32_t jitter_seed = 1;
};

/// Messages: `(advanced_atom, journal)`, `await_store`, `(drain_atom, number)`, `ckpoint_atom`,
/// `list_request`, `finish_atom`.
struct write_behind_state {
  explicit write_behind_state(caf::event_based_actor* self) : self(self) {}

  void advanced(caf::actor journal);
  void await(await_store& later);
  void drain(std::uint64_t number);
  void checkpoint();
  /// Takes a list that must see all that is durable now.
  void list(list_request& request);
  caf::result<finish_atom> finish();

  caf::event_based_actor* self;
  write_behind_setup setup;

  static inline const char* name = "orderd.write_behind";

 private:
  friend caf::behavior write_behind_actor(caf::stateful_actor<write_behind_state>*, write_behind_setup);

  struct waiting_list {
    std::uint64_t required_seq = 0;
    caf::actor_clock::time_point deadline; ///< monotonic: a clock that is set ends no wait
    list_request request;
  };
  struct waiting_answer {
    caf::actor_clock::time_point deadline;
    stored_answer what;
  };
  void schedule(std::chrono::milliseconds delay);
  [[nodiscard]] bool apply_batch();
  void give_up_for_now();
  void serve_lists();
  void give_answers();
  [[nodiscard]] bool behind() const;
  [[nodiscard]] bool somebody_waits() const;

  caf::actor journal_;
  std::deque<waiting_list> waiting_;
  std::deque<waiting_answer> answers_; ///< bounded by the requests in flight
  std::optional<caf::response_promise> finishing_;
  std::uint64_t checkpointed_seq_ = 0;
  std::uint64_t checkpointed_bytes_ = 0; ///< of events, applied before the last checkpoint
  std::optional<backoff> retry_;
  std::optional<std::uint64_t> drain_due_; ///< the number of the drain that counts
  std::chrono::milliseconds drain_delay_{0};
  std::uint64_t last_drain_ = 0;
  bool checkpoint_sent_ = false;
  std::size_t next_reader_ = 0;
};

/// Spawn it detached: it blocks for the store. A store that fails is tried again for ever with capped
/// backoff; the backlog waits in the journal. A store that another process has taken over ends this one.
caf::behavior write_behind_actor(caf::stateful_actor<write_behind_state>* self, write_behind_setup setup);

} // namespace orderd
