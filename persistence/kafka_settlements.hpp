/// Brings what became of messages from any thread to the one that reads from Kafka.
#pragma once

#include "persistence/kafka_client.hpp"
#include "persistence/settlement_queue.hpp"

#include <condition_variable>
#include <cstdint>

namespace orderd {

/// The keys are the reader's numbers. Any thread.
class kafka_settlements final : public settlement_queue<std::uint64_t> {
 public:
  /// Waits until something comes, or the end is asked for.
  void wait(std::chrono::milliseconds timeout);

  /// A wait for messages that ends when something comes. Null: there is none (any more).
  void set_poll(rd_kafka_queue_t* queue);

  /// The reader is to end.
  void stop();
  [[nodiscard]] bool stopped() const;

 private:
  void wake() override;

  std::condition_variable came_;
  rd_kafka_queue_t* poll_ = nullptr;
  bool stopped_ = false;
};

} // namespace orderd
