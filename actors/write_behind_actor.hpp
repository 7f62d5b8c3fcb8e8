/// Brings the journal's events into the store, in batches, behind everything else.
#pragma once

#include "actors/engine_counters.hpp"
#include "actors/messages.hpp"
#include "persistence/journal_reader.hpp"
#include "persistence/store.hpp"

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
  std::shared_ptr<store_writer> store;
  std::shared_ptr<journal_reader> journal;
  obligations open_obligations; ///< after the store's `applied_seq`
  engine_counters* counters = nullptr;
  std::vector<caf::actor> readers;
  std::size_t batch_events_max = 0;
  std::chrono::milliseconds batch_latency{0}; ///< how long events may gather before a batch is begun
  std::chrono::milliseconds list_wait{0};     ///< how long a list may wait for the store to catch up
  std::size_t lists_waiting_max = 0;
};

/// Messages: `(advanced_atom, journal)`, `(drain_atom, number)`, `ckpoint_atom`, `list_request`,
/// `finish_atom`.
struct write_behind_state {
  explicit write_behind_state(caf::event_based_actor* self) : self(self) {}

  void advanced(caf::actor journal);
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
  void schedule(std::chrono::milliseconds delay);
  void read_batch();
  [[nodiscard]] bool apply_batch();
  void serve_waiting();
  [[nodiscard]] bool behind() const;

  caf::actor journal_;
  store_batch batch_; ///< read but not yet applied; kept across retries
  std::deque<waiting_list> waiting_;
  std::optional<caf::response_promise> finishing_;
  std::uint64_t checkpointed_seq_ = 0;
  std::uint64_t bytes_since_checkpoint_ = 0; ///< of events
  std::chrono::milliseconds retry_delay_{0};
  std::optional<std::uint64_t> drain_due_; ///< the number of the drain that counts
  std::chrono::milliseconds drain_delay_{0};
  std::uint64_t last_drain_ = 0;
  bool checkpoint_sent_ = false;
  std::size_t next_reader_ = 0;
};

/// Spawn it detached: it blocks for the store. A store that fails is tried again for ever with capped
/// backoff; the backlog waits in the journal.
caf::behavior write_behind_actor(caf::stateful_actor<write_behind_state>* self, write_behind_setup setup);

} // namespace orderd
