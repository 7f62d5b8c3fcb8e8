/// Brings what became of messages from any thread to the one that reads from Kafka.
#pragma once

#include "persistence/event_source.hpp"
#include "persistence/kafka_client.hpp"

#include <condition_variable>
#include <mutex>

namespace orderd {

struct kafka_settlement {
  std::uint64_t number; ///< of the message, as the reader counts them
  message_outcome outcome;
};

/// Shared by the reader with every message that it hands over, and so outlives it. Any thread. Holds at most
/// one settlement for each message that was handed over.
class kafka_settlements : public std::enable_shared_from_this<kafka_settlements> {
 public:
  /// What settles a message: the first call counts; if it is dropped without one, that is `later`.
  [[nodiscard]] std::function<void(message_outcome)> settler(std::uint64_t number);

  /// What has come since the last call.
  [[nodiscard]] std::vector<kafka_settlement> take();

  /// Waits until something comes, or the end is asked for.
  void wait(std::chrono::milliseconds timeout);

  /// A wait for messages that ends when something comes. Null: there is none (any more).
  void set_poll(rd_kafka_queue_t* queue);

  /// The reader is to end.
  void stop();
  [[nodiscard]] bool stopped() const;
  /// The reader has ended: what comes from now on is let go.
  void close();

 private:
  class promise;
  void put(std::uint64_t number, message_outcome outcome);
  void wake(); ///< with the mutex held

  mutable std::mutex mutex_;
  std::condition_variable came_;
  std::vector<kafka_settlement> settled_;
  rd_kafka_queue_t* poll_ = nullptr;
  bool stopped_ = false;
  bool closed_ = false;
};

} // namespace orderd
