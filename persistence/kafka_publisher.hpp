/// Sends events to a topic of Kafka.
#pragma once

#include "persistence/kafka_options.hpp"
#include "persistence/publisher.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace orderd {

struct kafka_publisher_options {
  std::string brokers; ///< `host:port`, divided by commas
  std::string topic;   ///< must exist, or be made by the brokers when it is first asked for
  std::string source{default_event_source};
  std::string client_id = "orderd";
  std::size_t in_flight_max = 256;
  std::chrono::milliseconds delivery_timeout{10'000}; ///< of one event, from its sending to its report
  std::chrono::milliseconds answer_timeout{1'000};    ///< of a broker that did not answer the last time
  kafka_option_list more = {};                        ///< of the operator
};

/// An idempotent producer. The key of a message is that of its event, so that events of one order are in one
/// partition, in order; its headers are CloudEvents' in the binary mode (`ce_id` and so on), its value is the
/// event's data. Its time is that of the sending: an old event is kept as long as a new one.
///
/// An event is taken once all replicas in sync have it. What `publish` gives up is withdrawn before it
/// returns: nothing is sent later. Only what was on its way then may still arrive, before or after the same
/// event is sent again. The producer goes on with a new epoch then, and a partition that has seen the new one
/// refuses what comes late with the old one. So there may be doubles, but none behind a later event of its
/// order, as long as that is published only after the earlier one was taken.
///
/// After an error that ends a producer for good, which librdkafka has to keep order and uniqueness, and where
/// the withdrawal itself takes too long, the next call has a new producer, whose epochs say nothing of the
/// other's: a double of what that had on its way may then stand behind later events of its order. `ce_id` and
/// `ce_sequence` tell. Brokers need not be there at the start.
class kafka_publisher final : public publisher {
 public:
  explicit kafka_publisher(kafka_publisher_options options);
  kafka_publisher(const kafka_publisher&) = delete;
  kafka_publisher& operator=(const kafka_publisher&) = delete;
  ~kafka_publisher() override;

  /// Makes the topic where brokers make one that is asked for.
  [[nodiscard]] std::string prepare() override;
  [[nodiscard]] publish_report publish(std::span<const cloud_event> events) override;
  void interrupt() noexcept override;

 private:
  class session;
  std::unique_ptr<session> session_;
};

} // namespace orderd
