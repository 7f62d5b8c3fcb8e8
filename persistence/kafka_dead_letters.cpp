#include "persistence/kafka_dead_letters.hpp"

#include "config/log.hpp"
#include "config/utf8.hpp"

#include <utility>

namespace orderd {

namespace {

constexpr std::size_t reason_bytes_max = 1'000;

[[nodiscard]] kafka_headers headers_of(const rd_kafka_message_t& message, const kafka_dead_letter& letter) {
  rd_kafka_headers_t* original = nullptr;
  const bool has_some = rd_kafka_message_headers(&message, &original) == RD_KAFKA_RESP_ERR_NO_ERROR;
  kafka_headers headers(has_some ? rd_kafka_headers_copy(original) : rd_kafka_headers_new(8));
  const auto add = [&](std::string_view name, std::string_view value) {
    rd_kafka_header_add(headers.get(), name.data(), static_cast<ssize_t>(name.size()), value.data(),
                        static_cast<ssize_t>(value.size()));
  };
  add("dead-letter-reason", cut_utf8(letter.reason, reason_bytes_max));
  add("dead-letter-topic", rd_kafka_topic_name(message.rkt));
  add("dead-letter-place", letter.place);
  add("dead-letter-tries", std::to_string(letter.tries));
  if (!letter.whole)
    add("dead-letter-left-out", std::to_string(message.len));
  return headers;
}

} // namespace

kafka_dead_letters::kafka_dead_letters(kafka_dead_letter_options options, report told)
    : options_(std::move(options)), told_(std::move(told)) {}

bool kafka_dead_letters::open(std::string& trouble) {
  kafka_settings settings(options_.brokers, options_.client_id, this);
  settings.add(options_.more);
  settings.make_producer(options_.delivery_timeout, options_.under_way_max);
  rd_kafka_conf_set_dr_msg_cb(settings.get(), &take_report);
  producer_ = settings.open(RD_KAFKA_PRODUCER, trouble);
  return producer_ != nullptr;
}

void kafka_dead_letters::close() {
  producer_.reset();
  for (const auto number : std::exchange(under_way_, {}))
    told_(number, RD_KAFKA_RESP_ERR__FATAL);
}

bool kafka_dead_letters::send(std::uint64_t number, const rd_kafka_message_t& message,
                              const kafka_dead_letter& letter, std::string& trouble) {
  if (producer_ == nullptr && !open(trouble))
    return false;
  auto headers = headers_of(message, letter);
  const auto error = rd_kafka_producev(
      producer_.get(), RD_KAFKA_V_TOPIC(options_.topic.c_str()), RD_KAFKA_V_KEY(message.key, message.key_len),
      RD_KAFKA_V_VALUE(letter.whole ? message.payload : nullptr, letter.whole ? message.len : 0),
      RD_KAFKA_V_HEADERS(headers.get()), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
      RD_KAFKA_V_OPAQUE(reinterpret_cast<void*>(number)), RD_KAFKA_V_END);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
    static_cast<void>(headers.release()); // they belong to the letter now
    under_way_.insert(number);
    return true;
  }
  if (error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) {
    told_(number, error);
    return true;
  }
  trouble = kafka_error_text(error);
  return false;
}

void kafka_dead_letters::poll() {
  if (producer_ == nullptr)
    return;
  rd_kafka_poll(producer_.get(), 0);
  if (const auto broken = kafka_fatal_error(producer_.get()); !broken.empty()) {
    log::warn("a producer of Kafka has failed for good and is replaced",
              {{"topic", options_.topic}, {"reason", broken}});
    close();
  }
}

void kafka_dead_letters::take_report(rd_kafka_t*, const rd_kafka_message_t* message, void* self) {
  auto& owner = *static_cast<kafka_dead_letters*>(self);
  const auto number = reinterpret_cast<std::uint64_t>(message->_private);
  owner.under_way_.erase(number);
  owner.told_(number, message->err);
}

} // namespace orderd
