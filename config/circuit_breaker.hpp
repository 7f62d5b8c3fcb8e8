/// Stops asking a service that fails, and finds out by single tries when it is back.
#pragma once

#include "config/backoff.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace orderd {

/// When a breaker opens, and for how long.
struct circuit_limits {
  std::uint32_t failures_to_open = 5; ///< in a row
  std::chrono::milliseconds open_least{500};
  std::chrono::milliseconds open_most{30'000}; ///< the pauses double up to here
};

/// Closed: every try passes. Open, after failures in a row: none does, for a pause. Half open, when the pause
/// is over: one try passes, and its outcome closes the breaker or opens it for longer. One thread; the time
/// is passed in.
class circuit_breaker {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  /// Says which turn of the breaker a try belongs to: what began in an earlier one no longer counts.
  using ticket = std::uint64_t;

  circuit_breaker(circuit_limits limits, std::uint32_t seed)
      : limits_(limits), pause_(limits.open_least, limits.open_most, seed) {}

  /// Nothing if no try may be made now. Every ticket is to be handed back by `succeeded` or `failed`; a lone
  /// try whose ticket does not come back within the longest pause is given up for another one.
  [[nodiscard]] std::optional<ticket> try_pass(time_point now) {
    if (!closed_) {
      if (now < shut_until_)
        return std::nullopt;
      shut_until_ = now + limits_.open_most;
      ++turn_;
    }
    return turn_;
  }
  void succeeded(ticket which) {
    if (which != turn_)
      return;
    failures_ = 0;
    if (closed_)
      return;
    closed_ = true;
    pause_.reset();
    ++turn_;
  }
  /// True if this opened the breaker.
  bool failed(ticket which, time_point now) {
    if (which != turn_ || (closed_ && ++failures_ < limits_.failures_to_open))
      return false;
    const bool opened = closed_;
    closed_ = false;
    failures_ = 0;
    shut_until_ = now + pause_.next();
    ++turn_;
    return opened;
  }
  /// Whether the service counts as failing; true as well while a lone try finds out.
  [[nodiscard]] bool is_open() const noexcept { return !closed_; }

 private:
  circuit_limits limits_;
  backoff pause_;
  bool closed_ = true;
  std::uint32_t failures_ = 0; ///< in a row, while closed
  time_point shut_until_;      ///< while not closed
  ticket turn_ = 0;
};

} // namespace orderd
