#include "actors/history_retention.hpp"

#include "config/log.hpp"
#include "persistence/store_queries.hpp"

#include <algorithm>
#include <utility>

namespace orderd {

namespace {

/// Events of one transaction: writes of the journal's events wait so long for it.
constexpr std::size_t events_a_step = 1'000;

} // namespace

history_retention::history_retention(retention_setup setup) : setup_(std::move(setup)) {
  for (const auto& each : setup_.sinks)
    passed_[each.sink] = each.seq;
}

void history_retention::moved(const sink_position& position) {
  if (const auto known = passed_.find(position.sink); known != passed_.end())
    known->second = std::min(known->second, position.seq);
}

void history_retention::saved(const std::vector<sink_position>& positions) {
  for (const auto& each : positions)
    if (const auto known = passed_.find(each.sink); known != passed_.end())
      known->second = each.seq;
}

result<retention_step> history_retention::step(store_writer& store, std::uint64_t durable_seq) {
  auto& counters = *setup_.counters;
  const auto dropped = drop(store, durable_seq);
  const bool is_damaged = !dropped && is_in_events(dropped.error().code);
  if (dropped || is_damaged)
    counters.history_damaged.store(is_damaged, std::memory_order_relaxed);
  if (is_damaged)
    log::error("old events cannot be dropped; the history stays as it is",
               {{"detail", dropped.error().detail}});
  // A drop that failed may have been committed.
  if (unsure_ || !dropped || *dropped > 0) {
    const auto first = store.dropped_to();
    unsure_ = !first;
    if (first)
      counters.dropped_to.store(*first, std::memory_order_relaxed);
  }
  if (!dropped)
    return tl::unexpected{dropped.error()};
  dropped_ += *dropped;
  const bool more = *dropped == events_a_step;
  if (!more && dropped_ > 0)
    log::info("old events were dropped; each entity keeps a checkpoint",
              {{"events", std::exchange(dropped_, 0)}, {"dropped_to", counters.dropped_to.load()}});
  return retention_step{*dropped, more};
}

result<std::size_t> history_retention::drop(store_writer& store, std::uint64_t durable_seq) {
  auto until = durable_seq;
  for (const auto& [sink, seq] : passed_)
    until = std::min(until, seq);
  if (until <= setup_.counters->dropped_to.load(std::memory_order_relaxed))
    return 0;
  // Who comes again with a key may ask for what happened then.
  const auto kept = std::max<std::chrono::milliseconds>(setup_.kept, request_memory);
  return store.drop_history(until, setup_.clock->now() - kept, events_a_step);
}

} // namespace orderd
