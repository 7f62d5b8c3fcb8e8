/// How often something took how long, or had what size, counted as it happens.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace orderd {

/// Upper bounds in seconds for whatever a client or an operator waits for.
inline constexpr std::array latency_bounds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                              0.1,    0.25,  0.5,    1.0,   2.5,  5.0,   10.0};

/// What a histogram has counted until one moment. A plain value.
struct histogram_snapshot {
  std::vector<double> bounds;        ///< upper bounds, each included, rising
  std::vector<std::uint64_t> counts; ///< one more than bounds, for what is above all; not cumulative
  double sum = 0;                    ///< of all values; may run ahead of the counts by those just observed

  [[nodiscard]] std::uint64_t total() const noexcept {
    std::uint64_t all = 0;
    for (const auto each : counts)
      all += each;
    return all;
  }

  friend bool operator==(const histogram_snapshot&, const histogram_snapshot&) = default;
};

/// Counts values by size. Any thread; neither blocks nor allocates once it is made.
class histogram {
 public:
  /// `bounds` rise, and are copied. None: everything is counted in one place.
  explicit histogram(std::span<const double> bounds)
      : bounds_(bounds.begin(), bounds.end()),
        counts_(std::make_unique<std::atomic<std::uint64_t>[]>(bounds.size() + 1)) {}

  /// Of a time in seconds, or of whatever the bounds are in. What is below 0 or no number counts as 0, so
  /// that a clock that steps back spoils no sum.
  void observe(double value) noexcept {
    if (!(value > 0))
      value = 0;
    const auto where = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
    sum_.fetch_add(value, std::memory_order_relaxed);
    counts_[static_cast<std::size_t>(where)].fetch_add(1, std::memory_order_relaxed);
  }

  [[nodiscard]] histogram_snapshot snapshot() const {
    histogram_snapshot taken;
    taken.bounds = bounds_;
    taken.counts.reserve(bounds_.size() + 1);
    for (std::size_t i = 0; i <= bounds_.size(); ++i)
      taken.counts.push_back(counts_[i].load(std::memory_order_relaxed));
    taken.sum = sum_.load(std::memory_order_relaxed);
    return taken;
  }

 private:
  std::vector<double> bounds_; ///< never changes
  std::unique_ptr<std::atomic<std::uint64_t>[]> counts_;
  std::atomic<double> sum_{0};
};

} // namespace orderd
