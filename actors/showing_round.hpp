/// How a shard has its live entities show themselves.
#pragma once

#include "actors/live_gathering.hpp"

#include <caf/event_based_actor.hpp>

#include <cstddef>
#include <utility>
#include <vector>

namespace orderd {

/// Owned by one shard. Asks some at a time, so that requests go in between; those that sleep or are on their
/// way are left alone, and none is touched by it.
template <class Key> class showing_round {
 public:
  /// Begins a round, or goes on with it, and sends `self` what is left to do. `slots` is the shard's table.
  template <class Table> void go_on(caf::event_based_actor* self, Table& slots, gather_live& ask) {
    constexpr std::size_t asked_at_once = 256;
    if (!std::exchange(ask.begun, true))
      left_ = slots.live_keys();
    for (std::size_t asked = 0; asked < asked_at_once && !left_.empty(); ++asked, left_.pop_back()) {
      const auto* slot = slots.find(left_.back());
      if (slot != nullptr && slot->phase == Table::phase::live)
        self->send(slot->entity, show_live{ask.to});
    }
    if (!left_.empty())
      self->send(self, std::move(ask));
  }

 private:
  std::vector<Key> left_; ///< who are still to be asked
};

} // namespace orderd
