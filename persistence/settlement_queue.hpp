/// What has become of messages, on its way from any thread to the one of their source.
#pragma once

#include "persistence/event_source.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace orderd {

/// Any thread. Shared by the source with every message that it hands over, and so outlives it for as long as
/// a handler holds on to one; what comes then is dropped. Holds one outcome at most of each message in
/// flight, under the `Key` that its source knows it by.
template <class Key> class settlement_queue {
 public:
  settlement_queue() = default;
  settlement_queue(const settlement_queue&) = delete;
  settlement_queue& operator=(const settlement_queue&) = delete;
  virtual ~settlement_queue() = default;

  /// The function that a handler settles the message of that key with. Only its first call counts; without
  /// one its end means `later`.
  [[nodiscard]] static std::function<void(message_outcome)>
  receiver_of(const std::shared_ptr<settlement_queue>& to, Key key) {
    auto shared = std::make_shared<promise>(to, std::move(key));
    return [shared = std::move(shared)](message_outcome outcome) { shared->keep(std::move(outcome)); };
  }

  /// All that has come since the last call.
  [[nodiscard]] std::vector<std::pair<Key, message_outcome>> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(outcomes_, {});
  }

  /// The source has ended: what comes from now on is let go.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    outcomes_.clear();
  }

 protected:
  /// Tells the source that something has come. With the mutex held.
  virtual void wake() = 0;
  /// With the mutex held.
  [[nodiscard]] bool is_empty() const { return outcomes_.empty(); }

  mutable std::mutex mutex_;

 private:
  /// Shared by the copies of one message's function.
  class promise {
   public:
    promise(std::shared_ptr<settlement_queue> to, Key key) : to_(std::move(to)), key_(std::move(key)) {}
    promise(const promise&) = delete;
    promise& operator=(const promise&) = delete;
    ~promise() { keep({settlement::later, "it was dropped"}); }

    void keep(message_outcome outcome) {
      if (!kept_.exchange(true))
        to_->put(std::move(key_), std::move(outcome));
    }

   private:
    const std::shared_ptr<settlement_queue> to_;
    Key key_;
    std::atomic<bool> kept_{false};
  };

  void put(Key key, message_outcome outcome) {
    const std::lock_guard lock(mutex_);
    if (closed_)
      return;
    outcomes_.emplace_back(std::move(key), std::move(outcome));
    wake();
  }

  std::vector<std::pair<Key, message_outcome>> outcomes_;
  bool closed_ = false;
};

} // namespace orderd
