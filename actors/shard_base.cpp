#include "actors/shard_base.hpp"

#include <utility>

namespace orderd {

rejection shard_base::overloaded(std::string detail) {
  return {rejection_code::overloaded, std::move(detail), {}, {}, {}};
}

rejection shard_base::unreadable() {
  return {rejection_code::store_unavailable, "the store could not be read; try again", {}, {}, {}};
}

bool shard_base::is_crowded(std::size_t leaving) const {
  return live_of_kind() > setup_.live_max / 4 * 3 + leaving;
}

void shard_base::tick_later() {
  if (!std::exchange(ticking_, true))
    self_->delayed_send(self_, setup_.tick, tick_atom::value);
}

void shard_base::begin_tick() {
  ticking_ = false;
  ++now_tick_;
}

shard_base::departure shard_base::judge(const durable_mark& mark, std::uint32_t used_at_tick,
                                        std::size_t leaving, bool may_park) const {
  const auto& counters = *setup_.counters;
  const bool crowded = is_crowded(leaving);
  const bool idle = setup_.idle_ticks_max && now_tick_ - used_at_tick > *setup_.idle_ticks_max;
  if (!crowded && !idle)
    return departure::none;
  const bool stored =
      mark.last_seq.load(std::memory_order_relaxed) <= counters.applied_seq.load(std::memory_order_acquire);
  if (stored && !counters.store_away.load(std::memory_order_relaxed))
    return departure::end;
  return crowded && may_park ? departure::park : departure::none;
}

} // namespace orderd
