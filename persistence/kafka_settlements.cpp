#include "persistence/kafka_settlements.hpp"

namespace orderd {

void kafka_settlements::wait(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  came_.wait_for(lock, timeout, [this] { return stopped_ || !is_empty(); });
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

void kafka_settlements::wake() {
  came_.notify_one();
  if (poll_ != nullptr)
    rd_kafka_queue_yield(poll_);
}

} // namespace orderd
