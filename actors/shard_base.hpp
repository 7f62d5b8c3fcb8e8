/// What a shard of the directory is whatever its entities are: its place, its ticks, and how it judges who
/// has to go.
#pragma once

#include "actors/engine_counters.hpp"
#include "actors/messages.hpp"
#include "config/result.hpp"
#include "domain/rejection.hpp"

#include <caf/event_based_actor.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace orderd {

struct shard_setup {
  caf::actor journal;
  std::vector<caf::actor> loaders;
  engine_counters* counters = nullptr;
  std::atomic<std::uint64_t>* live = nullptr; ///< entities of this kind in all shards, live or on their way
  std::atomic<std::uint64_t>* activations = nullptr; ///< entities of this kind that came into memory
  std::size_t live_max = 0;                          ///< the bound on them
  std::optional<std::uint32_t> idle_ticks_max; ///< left alone for longer, an entity is let go; if at all
  std::chrono::milliseconds tick{0};
};

/// Owned by one shard actor.
class shard_base {
 protected:
  /// How an entity leaves memory.
  enum class departure : std::uint8_t {
    none, ///< it stays
    end,  ///< the store can load it again
    park, ///< only the shard itself can bring it back
  };

  explicit shard_base(caf::event_based_actor* self) : self_(self) {}

  [[nodiscard]] static rejection overloaded(std::string detail);
  [[nodiscard]] static rejection unreadable();

  [[nodiscard]] std::size_t live_of_kind() const { return setup_.live->load(std::memory_order_relaxed); }
  [[nodiscard]] bool is_full() const { return live_of_kind() >= setup_.live_max; }
  /// Over three quarters of the bound, without those that are `leaving` this shard.
  [[nodiscard]] bool is_crowded(std::size_t leaving) const;
  /// Up to here entities may be live though nobody asks for them.
  [[nodiscard]] std::size_t roomy_to() const { return setup_.live_max / 2; }

  /// Whether live entities need ticks. Where only a crowd makes them go, not while there is room: shards
  /// that do not look have half of what may live at most, so the others can make room.
  [[nodiscard]] bool needs_ticks() const { return setup_.idle_ticks_max || live_of_kind() > roomy_to(); }
  /// Sends itself a tick, one at a time.
  void tick_later();
  void begin_tick();

  /// Whether the longest unused entity of the shard goes: one that was idle for too long, or any in a crowd.
  /// One that could not be loaded again, for the store lacks events of it or is away, only in a crowd and
  /// only if `may_park`. `used_at_tick`: when it was asked for last.
  [[nodiscard]] departure judge(const durable_mark& mark, std::uint32_t used_at_tick, std::size_t leaving,
                                bool may_park) const;

  caf::event_based_actor* self_;
  shard_setup setup_;
  std::uint32_t now_tick_ = 0;

 private:
  bool ticking_ = false;
};

/// For a shard whose entities leave memory only when the store has them.
template <class Key, class State> struct no_parking {
  struct parked_state {
    State state{};
    std::uint64_t last_seq = 0;
  };
  [[nodiscard]] static bool may_park() { return false; }
  [[nodiscard]] static bool park(const State&, std::uint64_t) { return false; }
  [[nodiscard]] static result<std::optional<parked_state>> find_parked(const Key&) {
    return std::optional<parked_state>{};
  }
  static void forget_parked(const Key&) {}
};

} // namespace orderd
