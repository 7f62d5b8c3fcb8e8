#include "tests/support/kafka_client.hpp"

#include <librdkafka/rdkafka.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

namespace orderd::test {
namespace {

using clock_type = std::chrono::steady_clock;
using settings = std::vector<std::pair<const char*, std::string>>;

constexpr int question_ms = 5'000;
constexpr int poll_ms = 100;
constexpr int pace_ms = 20;

template <class T, void (*destroy)(T*)> struct closer {
  void operator()(T* what) const noexcept { destroy(what); }
};

using client_ptr = std::unique_ptr<rd_kafka_t, closer<rd_kafka_t, rd_kafka_destroy>>;
using topic_ptr = std::unique_ptr<rd_kafka_topic_t, closer<rd_kafka_topic_t, rd_kafka_topic_destroy>>;
using message_ptr = std::unique_ptr<rd_kafka_message_t, closer<rd_kafka_message_t, rd_kafka_message_destroy>>;
using partitions_ptr =
    std::unique_ptr<rd_kafka_topic_partition_list_t,
                    closer<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy>>;
struct metadata_closer {
  void operator()(const rd_kafka_metadata_t* what) const noexcept { rd_kafka_metadata_destroy(what); }
};

/// How one message fared.
struct delivery {
  bool over = false;
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
  kafka_place place;
};

void note_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
  auto& fate = *static_cast<delivery*>(message->_private);
  fate = {true, message->err, {message->partition, message->offset}};
}

[[nodiscard]] client_ptr make_client(rd_kafka_type_t type, const std::string& brokers, settings more) {
  more.emplace_back("bootstrap.servers", brokers);
  more.emplace_back("reconnect.backoff.ms", "50");
  // The default of 10 s keeps a client away long after its brokers are back.
  more.emplace_back("reconnect.backoff.max.ms", "1000");
  rd_kafka_conf_t* const conf = rd_kafka_conf_new();
  char reason[512] = "";
  for (const auto& [name, value] : more)
    if (rd_kafka_conf_set(conf, name, value.c_str(), reason, sizeof reason) != RD_KAFKA_CONF_OK) {
      rd_kafka_conf_destroy(conf);
      throw std::runtime_error(std::string("Kafka: ") + reason);
    }
  // Brokers that are down are nothing to print: whoever waits in vain says so.
  rd_kafka_conf_set_log_cb(conf, nullptr);
  if (type == RD_KAFKA_PRODUCER)
    rd_kafka_conf_set_dr_msg_cb(conf, note_delivery);
  client_ptr client(rd_kafka_new(type, conf, reason, sizeof reason));
  if (client == nullptr) {
    rd_kafka_conf_destroy(conf);
    throw std::runtime_error(std::string("Kafka: ") + reason);
  }
  return client;
}

[[nodiscard]] std::string text_of(const void* bytes, std::size_t size) {
  return size == 0 ? std::string() : std::string(static_cast<const char*>(bytes), size);
}

[[nodiscard]] header_list headers_of(const rd_kafka_message_t* message) {
  header_list all;
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return all;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t each = 0;
       rd_kafka_header_get_all(headers, each, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++each)
    all.emplace_back(name, text_of(value, size));
  return all;
}

} // namespace

struct kafka_producer::link {
  delivery fate; ///< of the one message under way; lives as long as the client, which writes it
  client_ptr client;
};

kafka_producer::kafka_producer(const std::string& brokers) : link_(std::make_unique<link>()) {
  link_->client =
      make_client(RD_KAFKA_PRODUCER, brokers, {{"enable.idempotence", "true"}, {"linger.ms", "0"}});
}

kafka_producer::~kafka_producer() = default;

kafka_place kafka_producer::produce(const std::string& topic, const std::string& key,
                                    const std::string& value, const header_list& headers, int guard_seconds) {
  rd_kafka_t* const client = link_->client.get();
  rd_kafka_headers_t* const sent = rd_kafka_headers_new(headers.size());
  for (const auto& [name, text] : headers)
    rd_kafka_header_add(sent, name.c_str(), -1, text.c_str(), static_cast<ssize_t>(text.size()));
  auto& fate = link_->fate;
  fate = {};
  const auto error = rd_kafka_producev(
      client, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_KEY(key.data(), key.size()),
      RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()), RD_KAFKA_V_HEADERS(sent),
      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_OPAQUE(&fate), RD_KAFKA_V_END);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    rd_kafka_headers_destroy(sent);
    throw std::runtime_error("Kafka: produce to " + topic + ": " + rd_kafka_err2str(error));
  }
  const auto deadline = clock_type::now() + std::chrono::seconds(guard_seconds);
  while (!fate.over) {
    rd_kafka_poll(client, poll_ms);
    // What is purged is reported as well.
    if (!fate.over && clock_type::now() > deadline)
      rd_kafka_purge(client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  }
  if (fate.error != RD_KAFKA_RESP_ERR_NO_ERROR)
    throw std::runtime_error("Kafka: produce to " + topic + ": " + rd_kafka_err2str(fate.error));
  return fate.place;
}

struct kafka_reader::link {
  client_ptr client;
  topic_ptr topic;
};

kafka_reader::kafka_reader(const std::string& brokers, std::string topic)
    : topic_(std::move(topic)), link_(std::make_unique<link>()) {
  // The group is never joined: it is only that the client insists on a name.
  link_->client = make_client(RD_KAFKA_CONSUMER, brokers,
                              {{"group.id", "orderd-test-reader"},
                               {"enable.auto.commit", "false"},
                               {"auto.offset.reset", "error"},
                               {"enable.partition.eof", "true"},
                               {"fetch.wait.max.ms", "100"}});
  link_->topic.reset(rd_kafka_topic_new(link_->client.get(), topic_.c_str(), nullptr));
  rd_kafka_poll_set_consumer(link_->client.get());
}

kafka_reader::~kafka_reader() = default;

bool kafka_reader::find_partitions() {
  if (!partitions_.empty())
    return true;
  const rd_kafka_metadata_t* found = nullptr;
  auto error = rd_kafka_metadata(link_->client.get(), 0, link_->topic.get(), &found, question_ms);
  const std::unique_ptr<const rd_kafka_metadata_t, metadata_closer> metadata(found);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR && metadata->topic_cnt == 1)
    error = metadata->topics[0].err;
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR || metadata->topic_cnt != 1) {
    trouble_ = rd_kafka_err2str(error);
    return false;
  }
  partitions_.resize(static_cast<std::size_t>(metadata->topics[0].partition_cnt));
  return !partitions_.empty();
}

/// Assigned anew, each partition reports its end again, even if nothing has come since.
void kafka_reader::assign() {
  const auto count = static_cast<int>(partitions_.size());
  const partitions_ptr wanted(rd_kafka_topic_partition_list_new(count));
  for (int each = 0; each < count; ++each) {
    auto& partition = partitions_[static_cast<std::size_t>(each)];
    partition.ended = false;
    rd_kafka_topic_partition_list_add(wanted.get(), topic_.c_str(), each)->offset =
        partition.next == 0 ? RD_KAFKA_OFFSET_BEGINNING : partition.next;
  }
  const auto error = rd_kafka_assign(link_->client.get(), wanted.get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
    throw std::runtime_error("Kafka: read " + topic_ + ": " + rd_kafka_err2str(error));
}

bool kafka_reader::all_ended() const {
  return std::all_of(partitions_.begin(), partitions_.end(),
                     [](const partition_state& each) { return each.ended; });
}

void kafka_reader::take_one() {
  const message_ptr message(rd_kafka_consumer_poll(link_->client.get(), poll_ms));
  if (message == nullptr)
    return;
  if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    partitions_.at(static_cast<std::size_t>(message->partition)).ended = true;
    return;
  }
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    trouble_ = rd_kafka_message_errstr(message.get());
    if (message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET)
      throw std::runtime_error("Kafka: read " + topic_ + ": " + trouble_);
    return;
  }
  auto& next = partitions_.at(static_cast<std::size_t>(message->partition)).next;
  if (message->offset < next)
    return; // was on its way when the partition was assigned anew
  if (message->offset > next)
    throw std::runtime_error("Kafka: partition " + std::to_string(message->partition) + " of " + topic_ +
                             " no longer has offsets " + std::to_string(next) + " to " +
                             std::to_string(message->offset - 1));
  ++next;
  messages_.push_back({topic_,
                       {message->partition, message->offset},
                       text_of(message->key, message->key_len),
                       headers_of(message.get()),
                       text_of(message->payload, message->len)});
}

const std::vector<kafka_message>& kafka_reader::read(std::size_t at_least, int guard_seconds) {
  const auto deadline = clock_type::now() + std::chrono::seconds(guard_seconds);
  bool assigned = false;
  while (!assigned || messages_.size() < at_least || !all_ended()) {
    if (clock_type::now() > deadline)
      throw std::runtime_error("only " + std::to_string(messages_.size()) + " messages came from topic " +
                               topic_ + "; last trouble: " + trouble_);
    if (assigned) {
      take_one();
    } else if (find_partitions()) {
      assign();
      assigned = true;
    } else {
      ::poll(nullptr, 0, pace_ms);
    }
  }
  return messages_;
}

} // namespace orderd::test
