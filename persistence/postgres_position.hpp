/// How far this process has seen the database come: what the writer tells the readers.
#pragma once

#include <atomic>
#include <cstdint>

namespace orderd {

/// The newest event known to be committed. Any thread. It never goes back, so that a reader whose new
/// connection reaches a database that has (a standby after a failover, a restored backup) finds out before it
/// shows an entity as it once was.
class postgres_position {
 public:
  void raise(std::uint64_t seq) noexcept {
    auto known = seq_.load(std::memory_order_relaxed);
    while (known < seq && !seq_.compare_exchange_weak(known, seq, std::memory_order_release)) {
    }
  }
  [[nodiscard]] std::uint64_t seq() const noexcept { return seq_.load(std::memory_order_acquire); }

 private:
  std::atomic<std::uint64_t> seq_{0};
};

} // namespace orderd
