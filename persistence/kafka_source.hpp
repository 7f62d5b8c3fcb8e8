/// Reads events of others from topics of Kafka, as a member of a consumer group.
#pragma once

#include "persistence/event_source.hpp"
#include "persistence/kafka_options.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace orderd {

struct kafka_source_options {
  std::string brokers; ///< `host:port`, divided by commas
  std::string group;
  std::string dead_letter_topic; ///< must exist, or be made by the brokers when it is first asked for
  source_bounds bounds = {};
  std::string client_id = "orderd";
  std::vector<std::string> topics = {"payments.authorized", "payments.failed", "payments.refunded",
                                     "stock.received", "orders.submitted"};
  /// A member that has crashed keeps its partitions for so long. Brokers have bounds of their own for it,
  /// 6 s to 30 min if not set otherwise.
  std::chrono::milliseconds session_timeout{10'000};
  std::chrono::milliseconds delivery_timeout{10'000}; ///< of one try to send a dead letter
  std::chrono::milliseconds refresh_period{10'000};   ///< within which a topic that was made is noticed
  kafka_option_list more = {};                        ///< of the operator
};

/// A partition remembers one offset: it is committed up to the first message that is not settled, about once
/// a second, when the partition goes to another member, and at the end. A message that was settled after one
/// that was not comes again after a restart, so the handler must know what took effect by the events' ids.
///
/// Messages that wait to be handed over again are kept in memory and count against `in_flight_max`: while
/// that many wait, nothing else is read. Tries are not remembered over a restart or a change of members.
///
/// A dead letter has the key, the value and the headers of its message, and the headers `dead-letter-reason`,
/// `-topic`, `-place` and `-tries`. One that the topic does not take is tried for ever; one that is too large
/// goes without its value.
///
/// Topics that do not exist are no error: they are read from once they do, at most `refresh_period` later.
class kafka_source final : public event_source {
 public:
  kafka_source(kafka_source_options options, message_handler handler);
  kafka_source(const kafka_source&) = delete;
  kafka_source& operator=(const kafka_source&) = delete;
  /// Commits what is settled and leaves the group. Bounded: some seconds if brokers do not answer.
  ~kafka_source() override;

  [[nodiscard]] source_figures figures() const override;

 private:
  class reader;
  std::unique_ptr<reader> reader_;
};

} // namespace orderd
