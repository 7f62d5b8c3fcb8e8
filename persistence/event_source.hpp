/// The port through which events of others arrive: one implementation for each kind of broker.
#pragma once

#include "config/backoff.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace orderd {

/// A message as it came from a broker. Unchecked: whatever is in it may be wrong.
struct incoming_message {
  std::string subject; ///< `stock.received` and so on: the NATS subject or the Kafka topic
  std::vector<std::pair<std::string, std::string>> headers; ///< names in lower case
  std::string body;
  std::string place; ///< where the broker keeps it, e.g. `nats:orders_inbound:17`: the same at each delivery
  std::uint32_t tries = 1; ///< how often it was handed over, this time included, as far as the source knows
};

/// What becomes of a message.
enum class settlement : std::uint8_t {
  done,   ///< it took effect, now or before, as durably as it will: acknowledge it
  later,  ///< nothing is wrong with it, but it cannot be handled now: it comes again, and that is no try
  again,  ///< it could not be handled, and might be another time: it comes again, for a bounded number of
          ///< tries
  poison, ///< it never will be: dead letters
};

struct message_outcome {
  settlement what = settlement::done;
  std::string reason; ///< of anything but `done`: a sentence; goes with the dead letter
};

/// Called with each message, on the source's thread; must not block. `settle` is to be called once, from any
/// thread, be it at once; a dropped one counts as `later`. It may be called after the source is gone.
using message_handler =
    std::function<void(incoming_message message, std::function<void(message_outcome)> settle)>;

/// What has become of messages since the start.
struct source_figures {
  std::uint64_t done = 0;
  std::uint64_t retried = 0;      ///< deliveries that ended in `again` or `later`
  std::uint64_t dead_letters = 0; ///< messages
  std::uint64_t in_flight = 0;    ///< handed over and not settled
  std::string trouble;            ///< why nothing can be read now; empty while it can
};

/// Reads messages from one broker, in a thread of its own, while it lives. A message is acknowledged only
/// after it is settled as done, or its dead letter was taken by the broker; one that is not is delivered
/// again, also after a crash. A broker that is away is tried again for ever, with capped backoff.
class event_source {
 public:
  /// Stops reading; what is not settled yet will be delivered again another time.
  virtual ~event_source() = default;
  /// Any thread.
  [[nodiscard]] virtual source_figures figures() const = 0;
};

/// What all sources are bounded by.
struct source_bounds {
  std::size_t in_flight_max = 64;             ///< messages handed over and not settled
  std::uint32_t tries_max = 5;                ///< of a message that ends in `again`; then dead letters
  std::chrono::milliseconds pause_min{1'000}; ///< before a message comes again; doubles with each time
  std::chrono::milliseconds pause_max{30'000};
};

/// The pauses before one message comes again, be it later or as another try.
[[nodiscard]] inline backoff pauses_of(const source_bounds& bounds, std::size_t seed) {
  return {std::min(bounds.pause_min, bounds.pause_max), bounds.pause_max, static_cast<std::uint32_t>(seed)};
}

} // namespace orderd
