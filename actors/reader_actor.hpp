/// Reads the store for the others: cold entities and lists.
#pragma once

#include "actors/engine_counters.hpp"
#include "actors/messages.hpp"
#include "config/backoff.hpp"
#include "config/clock.hpp"
#include "persistence/store.hpp"

#include <caf/actor_clock.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace orderd {

struct reader_setup {
  std::shared_ptr<store_reader> store;
  const clock_port* clock = nullptr;
  engine_counters* counters = nullptr;
  std::chrono::milliseconds store_wait{0}; ///< how long a load may wait for a store that is away
  std::uint32_t jitter_seed = 1;
  std::string event_source; ///< of the public events that are read
};

/// Messages: loads of entities and for the processor (answered to whoever asks), `reading` (answered by its
/// token; at once, also while the store is away) and `reload_atom`.
struct reader_state {
  explicit reader_state(caf::event_based_actor* self) : self(self) {}

  /// Loads what is asked for. While the store is away the loads wait in one queue, each until its deadline.
  template <class Load> void take(Load& ask);
  void reload();
  void read(reading& what);
  [[nodiscard]] outcome read(const order_query& query);
  [[nodiscard]] outcome read(const stock_query& query);
  [[nodiscard]] outcome read(const timeline_query& query);
  [[nodiscard]] outcome read(const reservation_query& query);
  [[nodiscard]] outcome read(const account_history& query);
  [[nodiscard]] outcome read(const event_history_query& query);

  caf::event_based_actor* self;
  reader_setup setup;

  static inline const char* name = "orderd.reader";

 private:
  friend caf::behavior reader_actor(caf::stateful_actor<reader_state>*, reader_setup);

  /// What the store says, or that it is away.
  template <class T> [[nodiscard]] outcome shown(result<T>&& read);
  [[nodiscard]] rejection store_is_away(const error& why);
  struct waiting_load {
    std::variant<load_entity<uuid>, load_entity<std::string>, load_entity<account_key>,
                 load_entity<request_key>, load_unfinished, load_acceptances>
        ask;
    caf::actor_clock::time_point deadline; ///< monotonic: a clock that is set ends no wait
  };
  [[nodiscard]] result<order_ptr> find(const load_entity<uuid>& ask);
  [[nodiscard]] result<std::optional<stock_item>> find(const load_entity<std::string>& ask);
  [[nodiscard]] result<std::optional<account>> find(const load_entity<account_key>& ask);
  [[nodiscard]] result<std::optional<request_record>> find(const load_entity<request_key>& ask);
  [[nodiscard]] result<std::vector<unfinished_order>> find(const load_unfinished& ask);
  [[nodiscard]] result<std::vector<acceptance_due>> find(const load_acceptances& ask);
  void answer(load_entity<uuid>& ask, result<order_ptr> found);
  void answer(load_entity<std::string>& ask, result<std::optional<stock_item>> found);
  void answer(load_entity<account_key>& ask, result<std::optional<account>> found);
  void answer(load_entity<request_key>& ask, result<std::optional<request_record>> found);
  void answer(load_unfinished& ask, result<std::vector<unfinished_order>> found);
  void answer(load_acceptances& ask, result<std::vector<acceptance_due>> found);
  /// Answers the load. False, and not answered, if the store is away; why is then in `trouble_`.
  template <class Load> [[nodiscard]] bool try_load(Load& ask);
  void schedule();

  std::deque<waiting_load> waiting_; ///< no more than slots that load in all shards; the oldest first
  std::optional<backoff> backoff_;   ///< since the start
  error trouble_{error_code::store_failed, {}};
  bool away_ = false; ///< the last try found it so
};

/// Spawn it detached: it blocks for the store.
caf::behavior reader_actor(caf::stateful_actor<reader_state>* self, reader_setup setup);

} // namespace orderd
