/// The publisher to NATS JetStream: CloudEvents in binary mode, one subject for each type.
#pragma once

#include "persistence/nats_trust.hpp"
#include "persistence/publisher.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace orderd {

struct nats_publisher_options {
  std::string url; ///< `nats://` or `tls://`, one or more divided by commas; may hold secrets
  std::string stream = "orders";
  std::string source{default_event_source}; ///< the attribute `source`
  std::size_t in_flight_max = 256;          ///< sent and not acknowledged
  std::chrono::milliseconds ack_timeout{5'000};
  std::chrono::milliseconds connect_pause_min{100}; ///< doubles with each failure
  std::chrono::milliseconds connect_pause_max{5'000};
  nats_trust trust = {};
};

/// Publishes to `orders.<type>` with the event's id as `Nats-Msg-Id`, so that the stream takes an event once
/// however often it is sent within its duplicates window. With each new connection the stream is made, or
/// gets the subjects that it lacks. Taken means stored by the stream; when the server syncs that to its disk
/// is its own setting. Connects in `publish`: no server at the start is trouble like any other.
class nats_publisher final : public publisher {
 public:
  explicit nats_publisher(nats_publisher_options options);
  ~nats_publisher() override;

  /// Takes at most twice the timeout of acknowledgements, and a few seconds more when it has to connect.
  [[nodiscard]] std::string prepare() override;
  [[nodiscard]] publish_report publish(std::span<const cloud_event> events) override;
  /// Within 2 s for each server if a connection is being made, within 3 s if the stream is being checked.
  void interrupt() noexcept override;

 private:
  class run;
  struct link;
  std::unique_ptr<link> link_;
};

} // namespace orderd
