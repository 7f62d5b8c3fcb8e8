/// Where a source's messages land in tests: in order, each with its settlement.
#pragma once

#include "persistence/event_source.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>

namespace orderd::test {

/// A message that was handed over and waits to be settled.
struct desk_message {
  incoming_message message;
  std::function<void(message_outcome)> settle;

  void done() const { settle({}); }
};

/// Outlives its sources. Any thread.
class message_desk {
 public:
  [[nodiscard]] message_handler handler() {
    return [this](incoming_message message, std::function<void(message_outcome)> settle) {
      const std::lock_guard lock(mutex_);
      messages_.push_back({std::move(message), std::move(settle)});
      ++handed_over_;
      changed_.notify_all();
    };
  }

  /// The next one. Waits for it; throws std::runtime_error if it does not come.
  [[nodiscard]] desk_message next() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds(60), [this] { return !messages_.empty(); }))
      throw std::runtime_error("no message came");
    auto first = std::move(messages_.front());
    messages_.pop_front();
    return first;
  }

  /// Handed over and not taken from here.
  [[nodiscard]] std::size_t waiting() const {
    const std::lock_guard lock(mutex_);
    return messages_.size();
  }
  /// In all.
  [[nodiscard]] std::size_t handed_over() const {
    const std::lock_guard lock(mutex_);
    return handed_over_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<desk_message> messages_;
  std::size_t handed_over_ = 0;
};

/// The first header of that name; empty if there is none.
[[nodiscard]] inline std::string header_of(const incoming_message& message, std::string_view name) {
  for (const auto& [key, value] : message.headers)
    if (key == name)
      return value;
  return {};
}

} // namespace orderd::test
