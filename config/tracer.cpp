#include "config/tracer.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace orderd {
namespace {

/// Whether a trace is among so many of all: by its id, so that all services of a trace that ask alike agree.
/// The last 56 bits, which the recommendation wants to be random.
[[nodiscard]] bool is_among(double ratio, const trace_id& trace) noexcept {
  std::uint64_t bits = 0;
  for (std::size_t i = 9; i < trace.size(); ++i)
    bits = bits << 8U | trace[i];
  return static_cast<double>(bits) < ratio * static_cast<double>(std::uint64_t{1} << 56U);
}

} // namespace

trace_time trace_now() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

bool tracer::wants(const std::optional<trace_context>& parent, const trace_id& trace) const noexcept {
  using enum trace_sampler;
  const auto with_parent = [&](bool first) { return parent ? parent->sampled : first; };
  switch (options_.sampler) {
  case always_on:
    return true;
  case always_off:
    return false;
  case ratio:
    return is_among(options_.ratio, trace);
  case parent_always_on:
    return with_parent(true);
  case parent_always_off:
    return with_parent(false);
  case parent_ratio:
    return with_parent(is_among(options_.ratio, trace));
  }
  return false;
}

std::optional<trace_context> tracer::begin(const std::optional<trace_context>& parent) {
  const auto trace = parent ? parent->trace : fresh_trace_id();
  const timestamp now{
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::nanoseconds{trace_now()})};
  if (!wants(parent, trace) || !passes_.take(now))
    return std::nullopt;
  return trace_context{trace, fresh_span_id(), true};
}

void tracer::finish(span&& over) noexcept {
  if (!over.context.sampled)
    return;
  // The clock of the day may have been set back in between.
  over.ended = std::max(over.ended, over.began);
  const std::lock_guard lock{mutex_};
  if (ending_ || waiting_.size() >= options_.spans_waiting_max)
    return count_dropped(1);
  waiting_.push_back(std::move(over));
  if (wanted_ != 0 && waiting_.size() >= wanted_)
    waiting_are_many_.notify_one();
}

std::vector<span> tracer::take(std::size_t count, std::chrono::milliseconds longest) {
  std::unique_lock lock{mutex_};
  wanted_ = count;
  waiting_are_many_.wait_for(lock, longest, [&] { return ending_ || waiting_.size() >= count; });
  wanted_ = 0;
  if (waiting_.size() <= count)
    return std::exchange(waiting_, {});
  const auto last = std::next(waiting_.begin(), static_cast<std::ptrdiff_t>(count));
  std::vector<span> taken(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(last));
  waiting_.erase(waiting_.begin(), last);
  return taken;
}

void tracer::end() {
  const std::lock_guard lock{mutex_};
  ending_ = true;
  waiting_are_many_.notify_one();
}

} // namespace orderd
