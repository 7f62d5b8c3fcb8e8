/// Reads the store for the others: cold entities and lists.
#pragma once

#include "actors/messages.hpp"
#include "config/clock.hpp"
#include "persistence/store.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <memory>

namespace orderd {

/// Messages: `load_entity<uuid>`, `load_entity<std::string>` (answered to their shard) and `list_request` (by
/// its token).
struct reader_state {
  explicit reader_state(caf::event_based_actor* self) : self(self) {}

  [[nodiscard]] outcome read(const order_query& query);
  [[nodiscard]] outcome read(const stock_query& query);
  [[nodiscard]] outcome read(const timeline_query& query);
  [[nodiscard]] outcome read(const reservation_query& query);

  caf::event_based_actor* self;
  std::shared_ptr<store_reader> store;
  const clock_port* clock = nullptr;

  static inline const char* name = "orderd.reader";
};

/// Spawn it detached: it blocks for the store.
caf::behavior reader_actor(caf::stateful_actor<reader_state>* self, std::shared_ptr<store_reader> store,
                           const clock_port* clock);

} // namespace orderd
