#include "actors/engine_status.hpp"

#include "actors/engine_counters.hpp"

#include <algorithm>

namespace orderd {

namespace {

template <std::size_t Count>
void show(std::array<std::uint64_t, Count>& into,
          const std::array<std::atomic<std::uint64_t>, Count>& from) noexcept {
  for (std::size_t i = 0; i < Count; ++i)
    into[i] = from[i].load(std::memory_order_relaxed);
}

} // namespace

void show_measures(engine_status& status, const engine_counters& counters,
                   std::chrono::steady_clock::time_point now) {
  const auto& measures = counters.measures;
  status.journal = {measures.sync_seconds.snapshot(), measures.sync_events.snapshot()};
  status.store = {measures.transaction_seconds.snapshot(), measures.transaction_events.snapshot()};
  const auto applied = counters.applied_seq.load(std::memory_order_acquire);
  status.lag_seconds = std::chrono::duration<double>(measures.lag.behind(applied, now)).count();
  const std::array live{&counters.live_stock_items, &counters.live_orders, &counters.live_accounts};
  for (std::size_t i = 0; i < entity_kinds.size(); ++i)
    status.entities[i] = {live[i]->load(std::memory_order_relaxed),
                          measures.activations[i].load(std::memory_order_relaxed),
                          measures.mailbox_wait[i].snapshot()};
  show(status.reservations, measures.reservations);
  // The first is what all sagas have come from or gone to: not a number of orders.
  for (std::size_t i = 1; i < saga_steps; ++i)
    status.sagas[i] = static_cast<std::uint64_t>(
        std::max<std::int64_t>(measures.sagas[i].load(std::memory_order_relaxed), 0));
}

} // namespace orderd
