/// Which entities of a shard are live, loading or ending, and the messages that wait for them.
#pragma once

#include "actors/messages.hpp"

#include <caf/actor.hpp>

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

namespace orderd {

/// Owned by one shard actor. Messages for an entity that is loading or ending wait in its slot, so none is
/// lost between two activations.
template <class Key, class Message> class slot_table {
 public:
  enum class phase : std::uint8_t { loading, live, ending };

  struct slot {
    slot_table::phase phase = slot_table::phase::loading;
    caf::actor entity;
    std::shared_ptr<durable_mark> mark;
    std::vector<Message> waiting;
    std::uint32_t used_at_tick = 0;
    typename std::list<Key>::iterator order; ///< in `least_used_`, while live
  };

  [[nodiscard]] slot* find(const Key& key) {
    const auto found = slots_.find(key);
    return found == slots_.end() ? nullptr : &found->second;
  }

  slot& add_loading(const Key& key) { return slots_[key]; }

  /// Makes the slot live; `now_tick` counts the shard's ticks.
  void set_live(const Key& key, slot& s, std::uint32_t now_tick) {
    if (s.phase == phase::ending)
      --ending_;
    s.phase = phase::live;
    s.used_at_tick = now_tick;
    s.order = least_used_.insert(least_used_.end(), key);
  }

  void touch(slot& s, std::uint32_t now_tick) {
    if (s.used_at_tick == now_tick)
      return; // Within one tick the order does not matter.
    s.used_at_tick = now_tick;
    least_used_.splice(least_used_.end(), least_used_, s.order);
  }

  void set_ending(slot& s) {
    s.phase = phase::ending;
    ++ending_;
    least_used_.erase(s.order);
  }

  void erase(const Key& key, slot& s) {
    if (s.phase == phase::live)
      least_used_.erase(s.order);
    else if (s.phase == phase::ending)
      --ending_;
    slots_.erase(key);
  }

  /// The live entity that has been left alone for longest; null if none is live.
  [[nodiscard]] const Key* least_used() const { return least_used_.empty() ? nullptr : &least_used_.front(); }

  [[nodiscard]] std::vector<Key> live_keys() const { return {least_used_.begin(), least_used_.end()}; }

  /// How many have been asked to end and have not answered yet.
  [[nodiscard]] std::size_t ending() const noexcept { return ending_; }
  [[nodiscard]] std::size_t size() const noexcept { return slots_.size(); }
  [[nodiscard]] bool empty() const noexcept { return slots_.empty(); }

  template <class Visit> void each_entity(Visit visit) {
    for (auto& [key, s] : slots_)
      if (s.entity)
        visit(s.entity);
  }

 private:
  std::unordered_map<Key, slot> slots_;
  std::size_t ending_ = 0;
  std::list<Key> least_used_; ///< live ones, the longest unused first
};

} // namespace orderd
