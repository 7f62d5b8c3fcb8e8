/// Sends events by HTTP to a receiver that somebody has named. The page for people is deploy/webhooks.md.
#pragma once

#include "config/clock.hpp"
#include "persistence/publisher.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace orderd {

struct webhook_options {
  std::string url;    ///< `http://` or `https://`
  std::string secret; ///< as `webhook_signer` takes it, or the process ends. Never logged
  std::string source{default_event_source};  ///< the attribute `source`
  std::chrono::milliseconds timeout{10'000}; ///< of one event, from the look-up of the name to the answer
  std::size_t in_flight_max = 8;             ///< events at once, and so connections
  bool allow_private = false;                ///< also to addresses that `is_public_address` denies
  const clock_port* clock = nullptr;         ///< outlives the publisher; the times of the signatures
};

/// One POST for each event, signed, with the event's id. A status of 2xx is the receiver's word that it has
/// the event, whatever the body says; anything else is none, a redirect too. After the first sign that the
/// receiver itself is in trouble (no answer; 410, 429, 502, 503, 504) no further event of that call is begun.
/// Whether an address may be sent to is judged each time a connection is opened, by what the name stands for
/// at that moment. Connections are kept from call to call, and libcurl silently sends a POST again on a new
/// one if a kept one was closed before an answer came.
class webhook_publisher final : public publisher {
 public:
  explicit webhook_publisher(webhook_options options);
  webhook_publisher(const webhook_publisher&) = delete;
  webhook_publisher& operator=(const webhook_publisher&) = delete;
  ~webhook_publisher() override;

  [[nodiscard]] publish_report publish(std::span<const cloud_event> events) override;
  void interrupt() noexcept override;

 private:
  class sender;
  std::unique_ptr<sender> sender_;
};

} // namespace orderd
