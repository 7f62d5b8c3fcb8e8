/// What the clients of Kafka share: handles of librdkafka with owners, its settings, its log and its errors.
#pragma once

#include "persistence/kafka_options.hpp"

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace orderd {

/// Frees what librdkafka hands out.
struct kafka_end {
  /// A producer forgets what it has not sent. A consumer does not leave its group in order: whoever wants
  /// that closes it before. Joins the library's threads.
  void operator()(rd_kafka_t* client) const noexcept {
    rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
  }
  void operator()(rd_kafka_conf_t* settings) const noexcept { rd_kafka_conf_destroy(settings); }
  void operator()(rd_kafka_topic_t* topic) const noexcept { rd_kafka_topic_destroy(topic); }
  void operator()(rd_kafka_queue_t* queue) const noexcept { rd_kafka_queue_destroy(queue); }
  void operator()(rd_kafka_headers_t* headers) const noexcept { rd_kafka_headers_destroy(headers); }
  void operator()(rd_kafka_message_t* message) const noexcept { rd_kafka_message_destroy(message); }
  void operator()(rd_kafka_event_t* event) const noexcept { rd_kafka_event_destroy(event); }
  void operator()(rd_kafka_topic_partition_list_t* partitions) const noexcept {
    rd_kafka_topic_partition_list_destroy(partitions);
  }
  void operator()(const rd_kafka_metadata_t* metadata) const noexcept { rd_kafka_metadata_destroy(metadata); }
  void operator()(rd_kafka_error_t* error) const noexcept { rd_kafka_error_destroy(error); }
};

/// Everything else that belongs to a client must go before the client does.
using kafka_handle = std::unique_ptr<rd_kafka_t, kafka_end>;
using kafka_topic = std::unique_ptr<rd_kafka_topic_t, kafka_end>;
using kafka_queue = std::unique_ptr<rd_kafka_queue_t, kafka_end>;
using kafka_headers = std::unique_ptr<rd_kafka_headers_t, kafka_end>;
using kafka_message = std::unique_ptr<rd_kafka_message_t, kafka_end>;
using kafka_event = std::unique_ptr<rd_kafka_event_t, kafka_end>;
using kafka_partitions = std::unique_ptr<rd_kafka_topic_partition_list_t, kafka_end>;
using kafka_metadata = std::unique_ptr<const rd_kafka_metadata_t, kafka_end>;

/// `NOT_ENOUGH_REPLICAS: Broker: Not enough in-sync replicas`.
[[nodiscard]] std::string kafka_error_text(rd_kafka_resp_err_t error);

/// The error that makes a client useless for good; empty if there is none.
[[nodiscard]] std::string kafka_fatal_error(rd_kafka_t* client);

/// Whether a broker answers within `timeout`: asks for what it knows of `topic`. Connects if need be.
/// `trouble` gets the reason if none does.
[[nodiscard]] bool kafka_answers(rd_kafka_t* client, rd_kafka_topic_t* topic,
                                 std::chrono::milliseconds timeout, std::string& trouble);

/// The settings of one client to be. What librdkafka logs goes to the log, from its own threads.
class kafka_settings {
 public:
  /// `owner` is the opaque pointer of all callbacks; it must outlive the client.
  kafka_settings(const std::string& brokers, const std::string& client_id, void* owner);

  /// A name or value that librdkafka does not take is told of by `open`.
  void set(const char* name, const std::string& value);
  void set(const char* name, std::chrono::milliseconds value) { set(name, std::to_string(value.count())); }
  /// The operator's, which `read_kafka_options` has tried out.
  void add(const kafka_option_list& options);
  /// For callbacks.
  [[nodiscard]] rd_kafka_conf_t* get() { return settings_.get(); }

  /// What is common to all producers here: each message is taken by all replicas in sync, once and in order
  /// while the producer lives, and given up after `delivery_timeout`.
  void make_producer(std::chrono::milliseconds delivery_timeout, std::size_t in_flight_max);

  /// Does not wait for a broker. Nothing if the settings are wrong or the system refuses threads or memory;
  /// `trouble` says why. To be called once.
  [[nodiscard]] kafka_handle open(rd_kafka_type_t type, std::string& trouble);

 private:
  std::unique_ptr<rd_kafka_conf_t, kafka_end> settings_;
  std::string trouble_; ///< of the first setting that was not taken
};

} // namespace orderd
