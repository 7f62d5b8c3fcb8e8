#include "actors/store_lag.hpp"

#include <algorithm>

namespace orderd {

void store_lag::synced(std::uint64_t seq, std::uint64_t applied_seq, time_point now) noexcept {
  const std::lock_guard lock{mutex_};
  if (used_ > 0 && marks_[used_ - 1].seq <= applied_seq) {
    used_ = 0;
    grain_ = grain_min;
  }
  if (used_ > 0 && now - marks_[used_ - 1].at < grain_) {
    marks_[used_ - 1].seq = seq;
    return;
  }
  if (used_ == marks_max)
    make_room(applied_seq);
  marks_[used_++] = {seq, now};
}

void store_lag::make_room(std::uint64_t applied_seq) noexcept {
  const auto has = [&](const mark& each) { return each.seq <= applied_seq; };
  const auto kept = std::remove_if(marks_.begin(), marks_.end(), has);
  used_ = static_cast<std::size_t>(kept - marks_.begin());
  if (used_ < marks_max)
    return;
  for (std::size_t i = 0; i + 1 < marks_max; i += 2)
    marks_[i / 2] = {marks_[i + 1].seq, marks_[i].at};
  used_ = marks_max / 2;
  // As coarse from here on as what is remembered: else the oldest would become ever coarser alone.
  const std::chrono::nanoseconds span = marks_[used_ - 1].at - marks_[0].at;
  grain_ = std::max(grain_, span / static_cast<std::int64_t>(used_));
}

std::chrono::nanoseconds store_lag::behind(std::uint64_t applied_seq, time_point now) const noexcept {
  const std::lock_guard lock{mutex_};
  const auto end = marks_.begin() + used_;
  const auto oldest =
      std::find_if(marks_.begin(), end, [&](const mark& each) { return each.seq > applied_seq; });
  return oldest == end ? std::chrono::nanoseconds{0}
                       : std::max<std::chrono::nanoseconds>(now - oldest->at, std::chrono::nanoseconds{0});
}

} // namespace orderd
