/// How far back requests are remembered, as a store's writer learns the time from its batches.
#pragma once

#include "domain/time.hpp"
#include "persistence/store_queries.hpp"

#include <algorithm>
#include <optional>

namespace orderd {

/// One writer's, on its thread; starts anew with the process. Pure.
class request_horizon {
 public:
  /// `newest` is the newest event's time of a batch. What was remembered before the returned time may go;
  /// nothing: all stays. Where the time jumps, the engine may have been down in between, and what was
  /// remembered before the jump stays for `request_memory_after_start` behind it.
  [[nodiscard]] std::optional<timestamp> move_to(timestamp newest) noexcept {
    if (!newest_ || newest - *newest_ >= request_memory_after_start) {
      before_ = newest_;
      jumped_to_ = newest;
    }
    newest_ = newest_ ? std::max(*newest_, newest) : newest;
    if (*newest_ - jumped_to_ >= request_memory_after_start)
      return *newest_ - request_memory;
    return before_ ? std::optional(*before_ - request_memory) : std::nullopt;
  }

 private:
  std::optional<timestamp> newest_;
  std::optional<timestamp> before_; ///< the newest time before the last jump
  timestamp jumped_to_{};
};

} // namespace orderd
