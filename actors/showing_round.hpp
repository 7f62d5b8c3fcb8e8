/// How a shard has its live entities show themselves.
#pragma once

#include "actors/live_gathering.hpp"

#include <caf/event_based_actor.hpp>

#include <cstddef>
#include <unordered_map>
#include <utility>
#include <vector>

namespace orderd {

/// Owned by one shard. Any number of rounds may be under way, as after an audit that did not wait. Asks some
/// at a time, so that requests go in between; those that sleep or are on their way are left alone, and none
/// is touched by it.
template <class Key> class showing_round {
 public:
  /// Begins a round, or goes on with it, and sends `self` what is left to do. `slots` is the shard's table.
  template <class Table> void go_on(caf::event_based_actor* self, Table& slots, gather_live& ask) {
    constexpr std::size_t asked_at_once = 256;
    auto& left = left_[ask.to.get()];
    if (!std::exchange(ask.begun, true))
      left = slots.live_keys();
    for (std::size_t asked = 0; asked < asked_at_once && !left.empty(); ++asked, left.pop_back()) {
      const auto* slot = slots.find(left.back());
      if (slot != nullptr && slot->phase == Table::phase::live)
        self->send(slot->entity, show_live{ask.to});
    }
    if (left.empty())
      left_.erase(ask.to.get());
    else
      self->send(self, std::move(ask));
  }

 private:
  /// Who are still to be asked, by whom it is for: alive as long as its round.
  std::unordered_map<const live_gathering*, std::vector<Key>> left_;
};

} // namespace orderd
