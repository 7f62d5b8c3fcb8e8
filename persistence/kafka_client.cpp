#include "persistence/kafka_client.hpp"

#include "config/log.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace orderd {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t reason_bytes = 512;
/// The default of 10 s keeps a client away long after its brokers are back.
constexpr auto reconnect_max = 1'000ms;
constexpr auto reconnect_min = 100ms;
/// Of one request, and of setting up one connection.
constexpr auto answer_max = 10'000ms;
/// After that, a topic that the brokers do not know counts as missing instead of as just made.
constexpr auto propagation_max = 5'000ms;
/// Waits for more messages to go in the same request.
constexpr auto linger = 1ms;
constexpr std::size_t queued_min = 1'000;
/// The levels of librdkafka's log are those of syslog.
constexpr int syslog_warning = 4;
constexpr int syslog_info = 6;

void log_line(const rd_kafka_t* client, int level, const char* facility, const char* text) noexcept {
  // A broker that is away is nothing that is wrong here, and the callers say what follows from it.
  const auto severity = level <= syslog_warning ? log::level::warn
                        : level <= syslog_info  ? log::level::info
                                                : log::level::debug;
  log::write(
      severity, "librdkafka",
      {{"client", client == nullptr ? "" : rd_kafka_name(client)}, {"facility", facility}, {"detail", text}});
}

} // namespace

std::string kafka_error_text(rd_kafka_resp_err_t error) {
  return std::string(rd_kafka_err2name(error)) + ": " + rd_kafka_err2str(error);
}

std::string kafka_fatal_error(rd_kafka_t* client) {
  std::array<char, reason_bytes> reason{};
  const auto error = rd_kafka_fatal_error(client, reason.data(), reason.size());
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
    return {};
  return std::string(rd_kafka_err2name(error)) + ": " + reason.data();
}

bool kafka_answers(rd_kafka_t* client, rd_kafka_topic_t* topic, std::chrono::milliseconds timeout,
                   std::string& trouble) {
  const rd_kafka_metadata_t* found = nullptr;
  const auto error = rd_kafka_metadata(client, 0, topic, &found, static_cast<int>(timeout.count()));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    trouble = kafka_error_text(error);
    return false;
  }
  const kafka_metadata metadata(found);
  return true;
}

kafka_settings::kafka_settings(const std::string& brokers, const std::string& client_id, void* owner)
    : settings_(rd_kafka_conf_new()) {
  rd_kafka_conf_set_opaque(settings_.get(), owner);
  rd_kafka_conf_set_log_cb(settings_.get(), &log_line);
  set("bootstrap.servers", brokers);
  set("client.id", client_id);
  set("reconnect.backoff.ms", reconnect_min);
  set("reconnect.backoff.max.ms", reconnect_max);
  set("socket.timeout.ms", answer_max);
  set("socket.connection.setup.timeout.ms", answer_max);
  set("socket.keepalive.enable", "true");
  // Brokers end connections that rest; that is no news.
  set("log.connection.close", "false");
}

void kafka_settings::set(const char* name, const std::string& value) {
  std::array<char, reason_bytes> reason{};
  const auto done = rd_kafka_conf_set(settings_.get(), name, value.c_str(), reason.data(), reason.size());
  if (done != RD_KAFKA_CONF_OK && trouble_.empty())
    trouble_ = reason.data();
}

void kafka_settings::add(const kafka_option_list& options) {
  for (const auto& [name, value] : options) {
    std::array<char, reason_bytes> ignored{}; // it shows the value
    const auto done =
        rd_kafka_conf_set(settings_.get(), name.c_str(), value.c_str(), ignored.data(), ignored.size());
    if (done != RD_KAFKA_CONF_OK && trouble_.empty())
      trouble_ = "the option " + name + " is not taken";
  }
}

void kafka_settings::make_producer(std::chrono::milliseconds delivery_timeout, std::size_t in_flight_max) {
  set("enable.idempotence", "true");
  set("acks", "all");
  set("message.timeout.ms", delivery_timeout);
  set("linger.ms", linger);
  set("topic.metadata.propagation.max.ms", propagation_max);
  set("queue.buffering.max.messages", std::to_string(std::max(in_flight_max, queued_min)));
  // As Kafka's own clients spread keys, so that streams which others make from them fit together.
  set("partitioner", "murmur2_random");
}

kafka_handle kafka_settings::open(rd_kafka_type_t type, std::string& trouble) {
  if (!trouble_.empty()) {
    trouble = "a setting of Kafka is wrong: " + trouble_;
    return nullptr;
  }
  std::array<char, reason_bytes> reason{};
  kafka_handle client(rd_kafka_new(type, settings_.get(), reason.data(), reason.size()));
  if (client == nullptr)
    trouble = std::string("no client of Kafka can be made: ") + reason.data();
  else
    static_cast<void>(settings_.release()); // they belong to the client now
  return client;
}

} // namespace orderd
