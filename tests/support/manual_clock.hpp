/// A clock that stands still until a test moves it.
#pragma once

#include "config/clock.hpp"

#include <atomic>
#include <chrono>

namespace orderd::tests {

/// Any thread may read or move it; a reader sees each move whole.
class manual_clock final : public clock_port {
 public:
  explicit manual_clock(timestamp start = timestamp{std::chrono::milliseconds{1'700'000'000'000}}) noexcept
      : since_epoch_(start.time_since_epoch().count()) {}

  [[nodiscard]] timestamp now() const noexcept override {
    return timestamp{std::chrono::milliseconds{since_epoch_.load()}};
  }

  /// Moves the clock by `step`, which may be negative: machines' clocks are set back, too.
  void advance(std::chrono::milliseconds step) noexcept { since_epoch_.fetch_add(step.count()); }

  void set(timestamp moment) noexcept { since_epoch_.store(moment.time_since_epoch().count()); }

 private:
  std::atomic<std::chrono::milliseconds::rep> since_epoch_;
};

} // namespace orderd::tests
