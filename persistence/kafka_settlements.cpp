#include "persistence/kafka_settlements.hpp"

#include <atomic>
#include <utility>

namespace orderd {

/// One message's settlement to come.
class kafka_settlements::promise {
 public:
  promise(std::shared_ptr<kafka_settlements> to, std::uint64_t number)
      : to_(std::move(to)), number_(number) {}
  promise(const promise&) = delete;
  promise& operator=(const promise&) = delete;
  ~promise() { settle({settlement::later, "it was not settled"}); }

  void settle(message_outcome outcome) {
    if (!settled_.exchange(true))
      to_->put(number_, std::move(outcome));
  }

 private:
  const std::shared_ptr<kafka_settlements> to_;
  const std::uint64_t number_;
  std::atomic<bool> settled_{false};
};

std::function<void(message_outcome)> kafka_settlements::settler(std::uint64_t number) {
  return [promised = std::make_shared<promise>(shared_from_this(), number)](message_outcome outcome) {
    promised->settle(std::move(outcome));
  };
}

std::vector<kafka_settlement> kafka_settlements::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(settled_, {});
}

void kafka_settlements::wait(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  came_.wait_for(lock, timeout, [this] { return stopped_ || !settled_.empty(); });
}

void kafka_settlements::set_poll(rd_kafka_queue_t* queue) {
  const std::lock_guard lock(mutex_);
  poll_ = queue;
}

void kafka_settlements::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  wake();
}

bool kafka_settlements::stopped() const {
  const std::lock_guard lock(mutex_);
  return stopped_;
}

void kafka_settlements::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  settled_.clear();
}

void kafka_settlements::put(std::uint64_t number, message_outcome outcome) {
  const std::lock_guard lock(mutex_);
  if (closed_)
    return;
  settled_.push_back({number, std::move(outcome)});
  wake();
}

void kafka_settlements::wake() {
  came_.notify_one();
  if (poll_ != nullptr)
    rd_kafka_queue_yield(poll_);
}

} // namespace orderd
