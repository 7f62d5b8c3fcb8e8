/// How far in time the store is behind the journal.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace orderd {

/// Remembers when events became durable, until the store has them. Any thread; each call holds a lock for
/// moments. 4 KiB, however long the store is away: from so many moments on they are remembered more coarsely,
/// and what is told may be too much by some percent of that time.
class store_lag {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Journal: all events up to `seq` are durable at `now`, and the store has those up to `applied_seq`.
  /// Sequences rise.
  void synced(std::uint64_t seq, std::uint64_t applied_seq, time_point now) noexcept;

  /// Age of the oldest durable event behind `applied_seq`, since it became durable; 0 without one.
  [[nodiscard]] std::chrono::nanoseconds behind(std::uint64_t applied_seq, time_point now) const noexcept;

 private:
  struct mark {
    std::uint64_t seq = 0; ///< the last of those that became durable at `at`
    time_point at{};
  };
  static constexpr std::size_t marks_max = 256;
  static constexpr std::chrono::milliseconds grain_min{10};

  void make_room(std::uint64_t applied_seq) noexcept;

  mutable std::mutex mutex_;
  std::array<mark, marks_max> marks_; ///< oldest first; some of them are of events that the store has by now
  std::size_t used_ = 0;
  std::chrono::nanoseconds grain_ = grain_min; ///< syncs within this are one moment
};

} // namespace orderd
