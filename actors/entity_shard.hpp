/// The directory's logic for one shard of entities, shared by orders and stock items: activate on demand,
/// bound what is live, let the idle go, lose no message.
#pragma once

#include "actors/engine_counters.hpp"
#include "actors/messages.hpp"
#include "actors/slot_table.hpp"
#include "config/limits.hpp"
#include "domain/assert.hpp"

#include <caf/event_based_actor.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace orderd {

struct shard_setup {
  caf::actor journal;
  std::vector<caf::actor> loaders;
  engine_counters* counters = nullptr;
  std::atomic<std::uint64_t>* live = nullptr; ///< entities of this kind in all shards, live or on their way
  std::size_t live_max = 0;                   ///< the bound on them
  std::uint32_t idle_ticks_max = 0;           ///< an entity left alone for longer is let go
  std::chrono::milliseconds tick{0};
};

/// `Shard` (the derived state) provides, for its `Key` and `Message`:
///   key_of(message), must_accept(message), is_new(message), refuse(message, rejection),
///   refuse_unknown(message), spawn(key, state or nothing, mark) and on_tick().
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
          derived().refuse(
              std::move(message),
              {rejection_code::store_unavailable, "the store could not be read; try again", {}, {}, {}});
        else
          derived().refuse_unknown(std::move(message));
      return;
    }
    set_live(key, *slot, std::move(*state));
  }

  /// The entity has ended: forget it, or bring it back for what has come meanwhile.
  void ended(const Key& key) {
    auto* slot = slots_.find(key);
    ORDERD_ASSERT(slot != nullptr && slot->phase != table::phase::loading);
    auto waiting = std::move(slot->waiting);
    erase(key, *slot);
    for (auto& message : waiting)
      deliver(message);
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
    let_idle_go();
    keep_ticking();
  }

  void keep_ticking() {
    if (ticking_ || (slots_.empty() && !derived().has_deadlines()))
      return;
    ticking_ = true;
    self_->delayed_send(self_, setup_.tick, tick_atom::value);
  }

  void end_all() {
    slots_.each_entity(
        [this](caf::actor& entity) { self_->send_exit(entity, caf::exit_reason::user_shutdown); });
  }

 protected:
  using table = slot_table<Key, Message>;

  [[nodiscard]] static rejection overloaded(std::string detail) {
    return {rejection_code::overloaded, std::move(detail), {}, {}, {}};
  }

  caf::event_based_actor* self_;
  shard_setup setup_;

 private:
  [[nodiscard]] std::size_t crowded_from() const { return setup_.live_max / 4 * 3; }
  [[nodiscard]] std::size_t live_of_kind() const { return setup_.live->load(std::memory_order_relaxed); }

  Shard& derived() { return static_cast<Shard&>(*this); }

  void activate(Key key, Message&& message) {
    // Where many wake up at once, the tick comes too late to make room.
    if (live_of_kind() > crowded_from() && slots_.ending() == 0)
      let_idle_go();
    if (live_of_kind() >= setup_.live_max && !derived().must_accept(message)) {
      derived().refuse(std::move(message), overloaded("as many entities are live as may be"));
      return;
    }
    const bool fresh = derived().is_new(message);
    if (!fresh && !derived().may_exist(key)) {
      derived().refuse_unknown(std::move(message));
      return;
    }
    auto& slot = slots_.add_loading(key);
    setup_.live->fetch_add(1, std::memory_order_relaxed);
    slot.waiting.push_back(std::move(message));
    if (fresh)
      set_live(key, slot, State{});
    else
      self_->send(setup_.loaders[std::hash<Key>{}(key) % setup_.loaders.size()],
                  load_entity<Key>{key, caf::actor_cast<caf::actor>(self_)});
    keep_ticking();
  }

  void set_live(const Key& key, typename table::slot& slot, State&& state) {
    slot.mark = std::make_shared<durable_mark>();
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
  /// quarters of its bound. Stops at the first whose events the store has not yet.
  void let_idle_go() {
    constexpr int asked_max = 1'000;
    const auto applied = setup_.counters->applied_seq.load(std::memory_order_acquire);
    for (int asked = 0; asked < asked_max; ++asked) {
      const auto* key = slots_.least_used();
      if (key == nullptr)
        return;
      auto* slot = slots_.find(*key);
      const bool crowded = live_of_kind() > crowded_from() + slots_.ending();
      if (!crowded && now_tick_ - slot->used_at_tick <= setup_.idle_ticks_max)
        return;
      if (slot->mark->last_seq.load(std::memory_order_relaxed) > applied)
        return;
      self_->send(slot->entity, end_atom::value);
      slots_.set_ending(*slot);
    }
  }

  table slots_;
  std::uint32_t now_tick_ = 0;
  bool ticking_ = false;
};

} // namespace orderd
