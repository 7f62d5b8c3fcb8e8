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

void history_retention::saved(const std::vector<sink_position>& positions) {
  for (const auto& each : positions)
    if (const auto known = passed_.find(each.sink); known != passed_.end())
      known->second = each.seq;
}

result<bool> history_retention::step(store_writer& store, std::uint64_t durable_seq) {
  auto until = durable_seq;
  for (const auto& [sink, seq] : passed_)
    until = std::min(until, seq);
  auto& counters = *setup_.counters;
  // Who comes again with a key may ask for what happened then.
  const auto kept = std::max<std::chrono::milliseconds>(setup_.kept, request_memory);
  const auto dropped = until <= counters.dropped_to.load(std::memory_order_relaxed)
                           ? result<std::size_t>(0)
                           : store.drop_history(until, setup_.clock->now() - kept, events_a_step);
  if (!dropped && is_in_events(dropped.error().code)) {
    stopped_ = true;
    log::error("old events cannot be dropped; the history stays as it is until the next start",
               {{"detail", dropped.error().detail}});
    return false;
  }
  if (!dropped)
    return tl::unexpected{dropped.error()};
  dropped_ += *dropped;
  // The history has no gaps.
  counters.dropped_to.fetch_add(*dropped, std::memory_order_relaxed);
  const bool more = *dropped == events_a_step;
  if (!more && dropped_ > 0)
    log::info("old events were dropped; each entity keeps a checkpoint",
              {{"events", std::exchange(dropped_, 0)}, {"dropped_to", counters.dropped_to.load()}});
  return more;
}

} // namespace orderd
