/// Failures made on purpose, to try what the engine does about them.
#pragma once

#include "domain/uuid.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <random>
#include <string_view>

namespace orderd {

inline constexpr std::size_t injected_step_count = 2;
/// The steps of an order's saga that can be made to fail: its stock is reserved, and the order is updated.
inline constexpr std::array<std::string_view, injected_step_count> injected_steps{"reserve", "update"};

/// Decides by chance. Any thread; on one thread the same seed makes the same decisions. Outlives the orders.
class injected_errors {
 public:
  /// `rate` is the share of steps that fail, 0 to 1. The seed 0 takes a random one; which one is logged.
  injected_errors(double rate, std::uint32_t seed);

  /// Whether this step of the order is to fail now; then it is counted and logged. `step` is one of
  /// `injected_steps` (asserted). Without a rate it costs nothing.
  [[nodiscard]] bool strikes(std::string_view step, const uuid& order) noexcept;
  /// How often the step was made to fail.
  [[nodiscard]] std::uint64_t count(std::string_view step) const noexcept;

 private:
  [[nodiscard]] bool draw() noexcept;

  double rate_;
  std::mutex mutex_; ///< of `random_`
  std::mt19937_64 random_;
  std::array<std::atomic<std::uint64_t>, injected_step_count> counts_{};
};

} // namespace orderd
