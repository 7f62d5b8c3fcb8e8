/// What has become of messages, on its way from any thread to the source's. Included by persistence/nats_*
/// only.
#pragma once

#include "persistence/event_source.hpp"
#include "persistence/nats_connection.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace orderd {

/// Any thread. Outlives its source for as long as a handler holds on to a message; what comes then is
/// dropped. Holds one outcome at most of each message in flight.
class nats_settlements {
 public:
  explicit nats_settlements(std::shared_ptr<nats_mailbox> owner) : owner_(std::move(owner)) {}

  /// The function that a handler settles the message of that key with. Only its first call counts; without
  /// one its end means `later`.
  [[nodiscard]] static std::function<void(message_outcome)>
  receiver_of(const std::shared_ptr<nats_settlements>& to, std::string key);

  /// All that has come since the last call.
  [[nodiscard]] std::vector<std::pair<std::string, message_outcome>> take();
  void close();

 private:
  void put(std::string key, message_outcome outcome);

  const std::shared_ptr<nats_mailbox> owner_;
  std::mutex mutex_;
  std::vector<std::pair<std::string, message_outcome>> outcomes_;
  bool closed_ = false;
};

} // namespace orderd
