/// Sends messages that cannot be handled to a topic of dead letters.
#pragma once

#include "persistence/kafka_client.hpp"

#include <cstdint>
#include <functional>
#include <set>

namespace orderd {

struct kafka_dead_letter_options {
  std::string brokers;
  std::string topic;
  std::string client_id;
  std::chrono::milliseconds delivery_timeout; ///< of one try
  std::size_t under_way_max;
  kafka_option_list more = {}; ///< of the operator
};

/// Why a message is one, as its headers `dead-letter-reason` and so on tell.
struct kafka_dead_letter {
  std::string reason;
  std::string place; ///< where the message stays: `kafka:topic:partition:offset`
  std::uint32_t tries = 1;
  bool whole = true; ///< if not, the value is left out, and `dead-letter-left-out` tells its bytes
};

/// For one thread. A producer as that of the publisher, made with the first letter. After an error that ends
/// it for good, the next letter has a new one.
class kafka_dead_letters {
 public:
  /// Told of each letter that was sent, once, by `poll` or `send`: the topic has it if there is no error.
  using report = std::function<void(std::uint64_t number, rd_kafka_resp_err_t error)>;

  kafka_dead_letters(kafka_dead_letter_options options, report told);
  kafka_dead_letters(const kafka_dead_letters&) = delete;
  kafka_dead_letters& operator=(const kafka_dead_letters&) = delete;
  /// What is under way may arrive or not.
  ~kafka_dead_letters() = default;

  /// Begins to send key, value and headers of a message with the reason beside them, and reports on it under
  /// this number. False if it cannot be begun; `trouble` says why.
  [[nodiscard]] bool send(std::uint64_t number, const rd_kafka_message_t& message,
                          const kafka_dead_letter& letter, std::string& trouble);
  /// Reports on what is known by now. Does not wait.
  void poll();
  [[nodiscard]] bool is_under_way() const { return !under_way_.empty(); }

 private:
  [[nodiscard]] bool open(std::string& trouble);
  void close();
  static void take_report(rd_kafka_t* client, const rd_kafka_message_t* message, void* self);

  const kafka_dead_letter_options options_;
  const report told_;
  std::set<std::uint64_t> under_way_; ///< numbers of letters
  kafka_handle producer_;
};

} // namespace orderd
