/// The journal's owner: gathers events and replies, syncs once for all of them, then lets the replies go.
#pragma once

#include "actors/engine_counters.hpp"
#include "actors/messages.hpp"
#include "persistence/journal_writer.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

namespace orderd {

struct journal_setup {
  std::shared_ptr<journal_writer> writer;
  engine_counters* counters = nullptr;
  caf::actor write_behind;
  stored_traces* traces = nullptr;          ///< null: nobody is told of the store
  caf::actor store_waiters;                 ///< gets the answers that must be in the store
  std::size_t headroom_bytes_min = 0;       ///< below this, new writes are refused
  std::uint64_t backlog_bytes_max = 0;      ///< above this, new writes are refused
  std::chrono::milliseconds quiet_sync{10}; ///< longest wait of an event that nobody waits for
};

/// Messages: `journal_append`, `flush_atom`, `quiet_atom`, `retry_atom`, `recheck_atom`, `(release_atom,
/// seq)`, `finish_atom`.
struct journal_state {
  explicit journal_state(caf::event_based_actor* self) : self(self) {}

  void append(journal_append& item);
  void flush();
  void flush_quietly();
  void release(std::uint64_t applied_seq);

  caf::event_based_actor* self;
  journal_setup setup;

  static inline const char* name = "orderd.journal";

 private:
  friend caf::behavior journal_actor(caf::stateful_actor<journal_state>*, journal_setup);

  struct pending {
    std::shared_ptr<durable_mark> mark;
    std::uint64_t count = 0;
    std::uint64_t seq = 0;       ///< of its event; 0 without one
    std::uint64_t shown_seq = 0; ///< the last event that the answer may show
    reply_token reply;
    outcome answer;
  };
  void schedule(bool waited_for);
  void note_sync(std::chrono::steady_clock::time_point began, std::uint64_t events);
  void let_go();
  void answer(pending& item, await_store& later);
  void trace(const pending& item) const;
  void judge_room();

  std::vector<pending> pending_;
  bool flush_sent_ = false;
  bool quiet_flush_sent_ = false;
  bool retry_sent_ = false; ///< the disk was full: until this comes, nothing is tried
  bool recheck_sent_ = false;
};

/// Spawn it detached: it blocks for the disk. A failed sync ends the process, since what is on disk is
/// unknown; a full disk only waits, with new writes refused.
caf::behavior journal_actor(caf::stateful_actor<journal_state>* self, journal_setup setup);

} // namespace orderd
