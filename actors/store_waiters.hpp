/// Where answers and lists wait for the store, each until its deadline whatever the store does.
#pragma once

#include "actors/engine_counters.hpp"
#include "actors/messages.hpp"

#include <caf/actor_clock.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace orderd {

struct store_waiters_setup {
  engine_counters* counters = nullptr;
  caf::actor write_behind;
  std::vector<caf::actor> readers;
  std::chrono::milliseconds list_wait{0}; ///< how long a list may wait for the store and for a reader
  std::size_t lists_waiting_max = 0;
  std::chrono::milliseconds store_wait{0}; ///< how long an answer may wait for the store
};

/// Messages: `await_store`, `list_request`, `look_atom`, `(look_atom, number)`.
struct store_waiters_state {
  explicit store_waiters_state(caf::event_based_actor* self) : self(self) {}

  void await(await_store& later);
  /// Takes a list that must see all that is durable now.
  void list(list_request& request);
  /// Lets go whoever need not or may not wait any longer.
  void look();
  void look_at_deadline(std::uint64_t number);

  caf::event_based_actor* self;
  store_waiters_setup setup;

  static inline const char* name = "orderd.store_waiters";

 private:
  friend caf::behavior store_waiters(caf::stateful_actor<store_waiters_state>*, store_waiters_setup);

  using deadline = caf::actor_clock::time_point; ///< monotonic: a clock that is set ends no wait
  /// A reader gets one list at a time, so that none waits behind one that takes long.
  struct desk {
    caf::actor reader;
    std::shared_ptr<std::atomic<bool>> busy;
  };
  struct waiting_list {
    std::uint64_t required_seq = 0;
    deadline until;
    list_request request;
  };
  struct waiting_answer {
    deadline until;
    stored_answer what;
  };
  void serve_lists(std::uint64_t applied);
  void give_answers(std::uint64_t applied);
  [[nodiscard]] desk* free_desk();
  [[nodiscard]] desk* find_free_desk();
  void tell_write_behind(std::uint64_t applied);
  void schedule();

  // Of each kind all wait equally long, and for ever later events: the first one is let go first.
  std::deque<waiting_list> lists_;
  std::deque<waiting_answer> answers_; ///< bounded by the requests in flight
  std::vector<desk> desks_;
  std::size_t next_desk_ = 0;
  std::optional<deadline> look_due_; ///< of the last message to itself
  std::uint64_t last_look_ = 0;
};

/// Never blocks: on the scheduler's threads.
caf::behavior store_waiters(caf::stateful_actor<store_waiters_state>* self, store_waiters_setup setup);

} // namespace orderd
