/// The directory's logic for one shard of entities, shared by orders, stock items and accounts: activate on
/// demand, bound what is live, let the idle and the surplus go, lose no message.
#pragma once

#include "actors/messages.hpp"
#include "actors/shard_base.hpp"
#include "actors/showing_round.hpp"
#include "actors/slot_table.hpp"
#include "config/limits.hpp"
#include "config/log.hpp"
#include "domain/assert.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

namespace orderd {

/// `Shard` (the derived state) provides, for its `Key` and `Message`:
///   key_of(message), must_accept(message), is_new(message), may_exist(key), refuse(message, rejection),
///   refuse_unknown(message), spawn(key, state or nothing, mark), on_tick() and awaits_tick(); and for
///   parking may_park(), park(state, last_seq), find_parked(key) and forget_parked(key), or it is
///   `no_parking`.
template <class Shard, class Key, class Message, class State> class entity_shard : protected shard_base {
 public:
  explicit entity_shard(caf::event_based_actor* self) : shard_base(self) {}

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
      auto waiting = std::move(slot->waiting);
      erase(key, *slot);
      for (auto& message : waiting)
        !state ? derived().refuse(std::move(message), unreadable())
               : derived().refuse_unknown(std::move(message));
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
    begin_tick();
    derived().on_tick();
    let_go();
    keep_ticking();
  }

  void keep_ticking() {
    if (derived().awaits_tick() || (!slots_.empty() && needs_ticks()))
      tick_later();
  }

  void gather(gather_live& ask) { showing_.go_on(self_, slots_, ask); }
  void end_all() {
    slots_.each_entity(
        [this](caf::actor& entity) { self_->send_exit(entity, caf::exit_reason::user_shutdown); });
  }

 protected:
  using table = slot_table<Key, Message>;
  /// Loads an entity that nobody has asked for. False if it is live or on its way already.
  bool wake(const Key& key) {
    if (slots_.find(key) != nullptr)
      return false;
    add(key);
    load(key);
    return true;
  }

 private:
  Shard& derived() { return static_cast<Shard&>(*this); }

  void activate(Key key, Message&& message) {
    // Where many wake up at once, the tick comes too late to make room.
    if (is_crowded(0) && slots_.ending() == 0)
      let_go();
    if (is_full() && !derived().must_accept(message)) {
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
    setup_.activations->fetch_add(1, std::memory_order_relaxed);
    slots_.set_live(key, slot, now_tick_);
    for (auto& message : std::exchange(slot.waiting, {}))
      self_->send(slot.entity, std::move(message));
  }

  void erase(const Key& key, typename table::slot& slot) {
    slots_.erase(key, slot);
    setup_.live->fetch_sub(1, std::memory_order_relaxed);
  }

  /// Asks those to leave that have to; stops at the first that stays.
  void let_go() {
    constexpr int asked_max = 1'000;
    for (int asked = 0; asked < asked_max && slots_.least_used() != nullptr; ++asked) {
      auto* slot = slots_.find(*slots_.least_used());
      const auto how = judge(*slot->mark, slot->used_at_tick, slots_.ending(), derived().may_park());
      if (how == departure::none)
        return;
      how == departure::end ? self_->send(slot->entity, end_atom::value)
                            : self_->send(slot->entity, park_atom::value);
      slots_.set_ending(*slot);
    }
  }

  table slots_;
  showing_round<Key> showing_;
};

} // namespace orderd
