/// How long to wait before trying again.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>

namespace orderd {

/// Waits that double from `least` to `most`, each shortened at random by up to a half, so that those who were
/// thrown out together do not come back together. One thread.
class backoff {
 public:
  backoff(std::chrono::milliseconds least, std::chrono::milliseconds most, std::uint32_t seed)
      : least_(least), most_(most), random_(seed) {}

  /// The wait before the next try.
  [[nodiscard]] std::chrono::milliseconds next() {
    whole_ = whole_.count() == 0 ? least_ : std::min(whole_ * 2, most_);
    const auto half = whole_.count() / 2;
    return std::chrono::milliseconds{whole_.count() - static_cast<std::int64_t>(random_() % (half + 1))};
  }
  /// The last try has succeeded.
  void reset() noexcept { whole_ = {}; }
  /// Whether a try has failed since.
  [[nodiscard]] bool is_waiting() const noexcept { return whole_.count() > 0; }

 private:
  std::chrono::milliseconds least_;
  std::chrono::milliseconds most_;
  std::chrono::milliseconds whole_{0};
  std::minstd_rand random_;
};

} // namespace orderd
