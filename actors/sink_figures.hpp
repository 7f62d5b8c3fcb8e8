/// What is known of a sink of events, shared between its relay and those who ask.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace orderd {

/// Written by the relay, read by any thread. Outlives both.
struct sink_figures {
  std::atomic<std::uint64_t> position{0};  ///< the last event of the journal that the sink has done with
  std::atomic<std::int64_t> oldest_ms{0};  ///< when the oldest event happened that is known to wait; 0: none
  std::atomic<std::uint64_t> published{0}; ///< events that were taken
  std::atomic<std::uint64_t> failed{0};    ///< sendings that were not taken, and are or were repeated
  std::atomic<std::uint64_t> skipped{0};   ///< events of the history that were passed over, unpublished
  std::atomic<bool> disabled{false};
  std::atomic<bool> told{false}; ///< the relay has a message that there may be more, and has not looked yet

  /// Why nothing goes out; empty while it does. With `disabled`, why it is left alone.
  [[nodiscard]] std::string trouble() const {
    const std::lock_guard lock(mutex_);
    return trouble_;
  }
  void set_trouble(std::string what) {
    const std::lock_guard lock(mutex_);
    trouble_ = std::move(what);
  }

 private:
  mutable std::mutex mutex_;
  std::string trouble_;
};

/// A moment's view of them.
struct sink_status {
  std::string name;
  std::uint64_t position = 0;
  std::uint64_t lag_events = 0; ///< of the history: durable, and not done with
  double lag_seconds = 0;       ///< age of the oldest that is known to wait
  std::uint64_t published = 0;
  std::uint64_t failed = 0;
  std::uint64_t skipped = 0;
  bool disabled = false;
  std::string trouble;
};

} // namespace orderd
