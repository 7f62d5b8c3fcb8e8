/// Lets so many things a second pass.
#pragma once

#include "domain/time.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace orderd {

/// Full, it lets as many pass at once as it is refilled with in a second. Any thread; never blocks. The time
/// is passed in: where it steps back, no more than one second's worth is lost.
class token_bucket {
 public:
  /// With 0 nothing ever passes. At most 10^9.
  explicit token_bucket(std::size_t per_second) noexcept
      : refill_ns_(per_second == 0 ? 0 : second_ns / static_cast<std::int64_t>(per_second)) {}

  /// Whether one may pass, which is then counted.
  [[nodiscard]] bool take(timestamp now) noexcept {
    if (refill_ns_ == 0)
      return false;
    const std::int64_t now_ns = std::chrono::nanoseconds{now.time_since_epoch()}.count();
    auto seen = full_at_ns_.load(std::memory_order_relaxed);
    for (;;) {
      // It is never further from being full than empty, unless the time has stepped back.
      const auto full_at = std::clamp(seen, now_ns, now_ns + second_ns);
      const bool passes = full_at + refill_ns_ <= now_ns + second_ns;
      if (full_at_ns_.compare_exchange_weak(seen, passes ? full_at + refill_ns_ : full_at,
                                            std::memory_order_relaxed))
        return passes;
    }
  }

 private:
  static constexpr std::int64_t second_ns = 1'000'000'000;

  std::int64_t refill_ns_;                  ///< what it takes to refill it by one; 0: it stays empty
  std::atomic<std::int64_t> full_at_ns_{0}; ///< since 1970
};

} // namespace orderd
