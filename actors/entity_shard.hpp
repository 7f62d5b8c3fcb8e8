/// The directory's logic for one shard of entities, shared by orders and stock items: activate on demand,
/// bound what is live, let the idle and the surplus go, lose no message.
#pragma once

#include "actors/engine_counters.hpp"
#include "actors/messages.hpp"
#include "actors/slot_table.hpp"
#include "config/limits.hpp"
#include "config/log.hpp"
#include "domain/assert.hpp"

#include <caf/event_based_actor.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace orderd {

struct shard_setup {
  caf::actor journal;
  std::vector<caf::actor> loaders;
  engine_counters* counters = nullptr;
  std::atomic<std::uint64_t>* live = nullptr;  ///< entities of this kind in all shards, live or on their way
  std::size_t live_max = 0;                    ///< the bound on them
  std::optional<std::uint32_t> idle_ticks_max; ///< left alone for longer, an entity is let go; if at all
  std::chrono::milliseconds tick{0};
};

/// `Shard` (the derived state) provides, for its `Key` and `Message`:
///   key_of(message), must_accept(message), is_new(message), may_exist(key), refuse(message, rejection),
///   refuse_unknown(message), spawn(key, state or nothing, mark), on_tick() and awaits_tick(); and if its
///   entities may leave memory before the store has them, what is said of parking below.
template <class Shard, class Key, class Message, class State> class entity_shard {
 public:
  entity_shard(caf::event_based_actor* self) : self_(self) {}

  void deliver(Message& message) {
    const auto& key = derived().key_of(message);
    auto* slot = slots_.find(key);
    if (slot == nullptr) {
      activate(Key{key}, std::move(message));
    } else if (slot->phase == table::phase::live) {
      slots_.touch(*slot, now_tick_);
      self_->send(slot->entity, std::move(message));
    } else if (slot->waiting.size() < limits::activation_buffer_messages_max ||
               derived().must_accept(message)) {
      slot->waiting.push_back(std::move(message));
    } else {
      derived().refuse(std::move(message), overloaded("too many requests wait for one sleeping entity"));
    }
  }

  /// The store's answer to a load: `state` is empty when the store does not know the entity.
  void loaded(const Key& key, result<State>&& state) {
    auto* slot = slots_.find(key);
    ORDERD_ASSERT(slot != nullptr && slot->phase == table::phase::loading);
    if (!state || !*state) {
      const bool away = !state;
      auto waiting = std::move(slot->waiting);
      erase(key, *slot);
      for (auto& message : waiting)
        if (away)
          derived().refuse(std::move(message), unreadable());
        else
          derived().refuse_unknown(std::move(message));
      return;
    }
    set_live(key, *slot, std::move(*state), 0);
  }

  /// The entity has ended: forget it, or bring it back for what has come meanwhile.
  void ended(const Key& key) {
    auto* slot = slots_.find(key);
    ORDERD_ASSERT(slot != nullptr && slot->phase != table::phase::loading);
    auto waiting = std::move(slot->waiting);
    erase(key, *slot);
    derived().forget_parked(key);
    for (auto& message : waiting)
      deliver(message);
  }

  /// The entity has ended with this state, which the store may lack: park it. It comes back at once if
  /// something waits for it, or if there is no room.
  void parked(const Key& key, State&& state) {
    auto* slot = slots_.find(key);
    ORDERD_ASSERT(slot != nullptr && slot->phase == table::phase::ending);
    const auto last_seq = slot->mark->last_seq.load(std::memory_order_relaxed);
    if (slot->waiting.empty() && derived().park(state, last_seq))
      erase(key, *slot);
    else
      set_live(key, *slot, std::move(state), last_seq);
  }

  /// The entity cannot end now.
  void busy(const Key& key) {
    auto* slot = slots_.find(key);
    ORDERD_ASSERT(slot != nullptr && slot->phase == table::phase::ending);
    slots_.set_live(key, *slot, now_tick_);
    for (auto& message : std::exchange(slot->waiting, {}))
      self_->send(slot->entity, std::move(message));
  }

  /// Sends itself while there is anything to watch, so an idle engine sleeps.
  void tick() {
    ticking_ = false;
    ++now_tick_;
    derived().on_tick();
    let_go();
    keep_ticking();
  }

  void keep_ticking() {
    if (ticking_ || !(derived().awaits_tick() || has_to_watch()))
      return;
    ticking_ = true;
    self_->delayed_send(self_, setup_.tick, tick_atom::value);
  }

  void end_all() {
    slots_.each_entity(
        [this](caf::actor& entity) { self_->send_exit(entity, caf::exit_reason::user_shutdown); });
  }

  // ---- parking: what a shard says that has none ----

  struct parked_state {
    State state{};
    std::uint64_t last_seq = 0;
  };
  /// Whether an entity that the store lacks may leave memory now.
  [[nodiscard]] static bool may_park() { return false; }
  [[nodiscard]] static bool park(const State&, std::uint64_t) { return false; }
  [[nodiscard]] static result<std::optional<parked_state>> find_parked(const Key&) { return std::nullopt; }
  static void forget_parked(const Key&) {}

 protected:
  using table = slot_table<Key, Message>;

  [[nodiscard]] static rejection overloaded(std::string detail) {
    return {rejection_code::overloaded, std::move(detail), {}, {}, {}};
  }

  [[nodiscard]] std::size_t live_of_kind() const { return setup_.live->load(std::memory_order_relaxed); }
  /// Up to here an entity may be live though nobody asks for it.
  [[nodiscard]] std::size_t roomy_to() const { return setup_.live_max / 2; }

  /// Loads an entity that nobody has asked for. False if it is live or on its way already.
  bool wake(const Key& key) {
    if (slots_.find(key) != nullptr)
      return false;
    add(key);
    load(key);
    return true;
  }

  caf::event_based_actor* self_;
  shard_setup setup_;

 private:
  [[nodiscard]] std::size_t crowded_from() const { return setup_.live_max / 4 * 3; }

  [[nodiscard]] static rejection unreadable() {
    return {rejection_code::store_unavailable, "the store could not be read; try again", {}, {}, {}};
  }

  /// Where only a crowd makes entities go, and no crowd can have gathered since the last look, nothing is to
  /// be watched. Shards that do not look have at most half of what may live, so the others can make room.
  [[nodiscard]] bool has_to_watch() const {
    return !slots_.empty() && (setup_.idle_ticks_max || live_of_kind() > roomy_to());
  }

  Shard& derived() { return static_cast<Shard&>(*this); }

  void activate(Key key, Message&& message) {
    // Where many wake up at once, the tick comes too late to make room.
    if (live_of_kind() > crowded_from() && slots_.ending() == 0)
      let_go();
    if (live_of_kind() >= setup_.live_max && !derived().must_accept(message)) {
      derived().refuse(std::move(message), overloaded("as many entities are live as may be"));
      return;
    }
    const bool fresh = derived().is_new(message);
    if (!fresh && !derived().may_exist(key)) {
      derived().refuse_unknown(std::move(message));
      return;
    }
    auto parked = derived().find_parked(key);
    if (!parked) {
      log::warn("a parked entity could not be read", {{"detail", parked.error().detail}});
      derived().refuse(std::move(message), unreadable());
      return;
    }
    auto& slot = add(key);
    slot.waiting.push_back(std::move(message));
    if (fresh)
      set_live(key, slot, State{}, 0);
    else if (*parked)
      set_live(key, slot, std::move((*parked)->state), (*parked)->last_seq);
    else
      load(key);
    keep_ticking();
  }

  typename table::slot& add(const Key& key) {
    setup_.live->fetch_add(1, std::memory_order_relaxed);
    return slots_.add_loading(key);
  }

  void load(const Key& key) {
    self_->send(setup_.loaders[std::hash<Key>{}(key) % setup_.loaders.size()],
                load_entity<Key>{key, caf::actor_cast<caf::actor>(self_)});
  }

  /// `last_seq`: of the last event of this state, as far as the store may lack it.
  void set_live(const Key& key, typename table::slot& slot, State&& state, std::uint64_t last_seq) {
    slot.mark = std::make_shared<durable_mark>();
    slot.mark->last_seq.store(last_seq, std::memory_order_relaxed);
    slot.entity = derived().spawn(key, std::move(state), slot.mark);
    slots_.set_live(key, slot, now_tick_);
    for (auto& message : std::exchange(slot.waiting, {}))
      self_->send(slot.entity, std::move(message));
  }

  void erase(const Key& key, typename table::slot& slot) {
    slots_.erase(key, slot);
    setup_.live->fetch_sub(1, std::memory_order_relaxed);
  }

  /// Asks the longest unused entities to end: those idle for too long, and any while its kind is over three
  /// quarters of its bound. One that could not be loaded again, for the store lacks events of it or is away,
  /// is only let go in a crowd, to be parked. Stops at the first that has to stay.
  void let_go() {
    constexpr int asked_max = 1'000;
    const auto applied = setup_.counters->applied_seq.load(std::memory_order_acquire);
    const bool away = setup_.counters->store_away.load(std::memory_order_relaxed);
    for (int asked = 0; asked < asked_max; ++asked) {
      const auto* key = slots_.least_used();
      if (key == nullptr)
        return;
      auto* slot = slots_.find(*key);
      const bool crowded = live_of_kind() > crowded_from() + slots_.ending();
      if (!crowded && !is_idle(*slot))
        return;
      if (!away && slot->mark->last_seq.load(std::memory_order_relaxed) <= applied)
        self_->send(slot->entity, end_atom::value);
      else if (crowded && derived().may_park())
        self_->send(slot->entity, park_atom::value);
      else
        return;
      slots_.set_ending(*slot);
    }
  }

  [[nodiscard]] bool is_idle(const typename table::slot& slot) const {
    return setup_.idle_ticks_max && now_tick_ - slot.used_at_tick > *setup_.idle_ticks_max;
  }

  table slots_;
  std::uint32_t now_tick_ = 0;
  bool ticking_ = false;
};

} // namespace orderd
