#include "persistence/kafka_publisher.hpp"

#include "config/log.hpp"
#include "persistence/kafka_client.hpp"

#include <algorithm>
#include <atomic>
#include <optional>
#include <utility>

namespace orderd {

namespace {

using namespace std::chrono_literals;
using steady_clock = std::chrono::steady_clock;

/// Of waiting for reports: how late an interruption is seen at most.
constexpr int step_ms = 50;
/// How long all brokers may be away under a call before it gives up: one that restarts is back sooner.
constexpr auto away_max = 1'000ms;
/// After the last event's own timeout, which librdkafka keeps: a guard.
constexpr auto report_grace = 1'000ms;
/// For the reports of what was withdrawn; a producer that owes them longer is replaced.
constexpr auto withdrawal_max = 3'000ms;

[[nodiscard]] bool add_header(rd_kafka_headers_t* headers, const std::string& name, std::string_view value) {
  return rd_kafka_header_add(headers, name.c_str(), static_cast<ssize_t>(name.size()), value.data(),
                             static_cast<ssize_t>(value.size())) == RD_KAFKA_RESP_ERR_NO_ERROR;
}

[[nodiscard]] kafka_headers headers_of(const cloud_event& event, const std::string& source) {
  const auto attributes = attributes_of(event, source);
  kafka_headers headers(rd_kafka_headers_new(attributes.size() + 1));
  bool added = add_header(headers.get(), "content-type", event_data_type);
  for (const auto& [name, value] : attributes)
    added = add_header(headers.get(), "ce_" + std::string(name), value) && added;
  return added ? std::move(headers) : nullptr;
}

} // namespace

/// Everything but `interrupt` is called by the one thread that publishes; callbacks of librdkafka come from
/// its polls.
class kafka_publisher::session {
 public:
  explicit session(kafka_publisher_options options) : options_(std::move(options)) {
    // A first call that finds the connection made need not wait for it.
    static_cast<void>(open());
  }

  [[nodiscard]] std::string why_not_ready();
  publish_report publish(std::span<const cloud_event> events);
  void interrupt() noexcept { interrupted_.store(true, std::memory_order_relaxed); }

 private:
  [[nodiscard]] bool open();
  void close();
  /// False if there is no use in sending now.
  [[nodiscard]] bool prepare();
  void send(std::span<const cloud_event> events);
  /// Hands one event to librdkafka. False if it has no room: after the next reports.
  [[nodiscard]] bool produce(const cloud_event& event, std::size_t index);
  void withdraw();
  void renew_if_broken();
  void note(std::string trouble);
  void note_reached();
  [[nodiscard]] bool interrupted() const { return interrupted_.load(std::memory_order_relaxed); }

  static void take_report(rd_kafka_t* client, const rd_kafka_message_t* message, void* self);
  static void take_error(rd_kafka_t* client, int error, const char* reason, void* self);

  const kafka_publisher_options options_;
  std::atomic<bool> interrupted_{false};
  kafka_handle producer_;
  kafka_topic topic_;
  bool reached_ = false; ///< a broker has answered, and none has failed to since
  std::optional<steady_clock::time_point> away_since_;
  std::string away_why_;
  std::uint64_t renewals_ = 0;
  // Of the call under way.
  std::vector<bool> taken_;
  std::size_t waiting_ = 0; ///< events that librdkafka has and owes a report of
  std::uint64_t reports_ = 0;
  bool hopeless_ = false;
  std::string trouble_;
};

bool kafka_publisher::session::open() {
  kafka_settings settings(options_.brokers, options_.client_id, this);
  settings.add(options_.more);
  settings.make_producer(options_.delivery_timeout, options_.in_flight_max);
  rd_kafka_conf_set_dr_msg_cb(settings.get(), &take_report);
  rd_kafka_conf_set_error_cb(settings.get(), &take_error);
  std::string trouble;
  producer_ = settings.open(RD_KAFKA_PRODUCER, trouble);
  if (producer_ != nullptr)
    topic_.reset(rd_kafka_topic_new(producer_.get(), options_.topic.c_str(), nullptr));
  if (producer_ != nullptr && topic_ == nullptr) {
    trouble = "no such topic can be used: " + kafka_error_text(rd_kafka_last_error());
    producer_.reset();
  }
  if (!trouble.empty())
    note(trouble);
  return producer_ != nullptr;
}

void kafka_publisher::session::close() {
  topic_.reset();
  producer_.reset();
  waiting_ = 0;
  reached_ = false;
  away_since_.reset();
}

void kafka_publisher::session::note(std::string trouble) {
  // The first one is what the others follow from.
  if (trouble_.empty())
    trouble_ = "Kafka topic " + options_.topic + " at " + options_.brokers + ": " + std::move(trouble);
}

void kafka_publisher::session::note_reached() {
  reached_ = true;
  away_since_.reset();
  away_why_.clear();
}

publish_report kafka_publisher::session::publish(std::span<const cloud_event> events) {
  taken_.assign(events.size(), false);
  trouble_.clear();
  hopeless_ = false;
  if (!events.empty() && prepare()) {
    send(events);
    withdraw();
    renew_if_broken();
  }
  const bool all = std::find(taken_.begin(), taken_.end(), false) == taken_.end();
  if (!all)
    note("it was not told whether the events arrived");
  return {std::move(taken_), all ? std::string() : std::move(trouble_), false};
}

std::string kafka_publisher::session::why_not_ready() {
  trouble_.clear();
  return prepare() ? std::string() : std::move(trouble_);
}

bool kafka_publisher::session::prepare() {
  if (interrupted()) {
    note("the sending was ended");
    return false;
  }
  if (producer_ == nullptr && !open())
    return false;
  // What happened since the last call.
  rd_kafka_poll(producer_.get(), 0);
  if (reached_ && !away_since_)
    return true;
  std::string trouble;
  if (!kafka_answers(producer_.get(), topic_.get(), options_.answer_timeout, trouble)) {
    // Errors of connections, which are waiting to be told, say more than that the time was up.
    rd_kafka_poll(producer_.get(), 0);
    note("no broker answers: " + (away_why_.empty() ? trouble : away_why_));
    renew_if_broken();
    return false;
  }
  note_reached();
  return true;
}

void kafka_publisher::session::send(std::span<const cloud_event> events) {
  const auto quiet_max = options_.delivery_timeout + report_grace;
  std::size_t next = 0;
  auto heard = steady_clock::now();
  std::uint64_t reports = reports_;
  while (!hopeless_ && (next < events.size() || waiting_ > 0)) {
    while (!hopeless_ && next < events.size() && waiting_ < options_.in_flight_max &&
           produce(events[next], next))
      ++next;
    rd_kafka_poll(producer_.get(), step_ms);
    const auto now = steady_clock::now();
    if (std::exchange(reports, reports_) != reports_)
      heard = now;
    if (interrupted()) {
      note("the sending was ended");
      hopeless_ = true;
    } else if (away_since_ && now - *away_since_ > away_max) {
      note("no broker can be reached: " + away_why_);
      reached_ = false;
      hopeless_ = true;
    } else if (now - heard > quiet_max) {
      note("no broker has answered for " + std::to_string(quiet_max.count()) + " ms");
      reached_ = false;
      hopeless_ = true;
    }
  }
}

bool kafka_publisher::session::produce(const cloud_event& event, std::size_t index) {
  auto headers = headers_of(event, options_.source);
  if (headers == nullptr) {
    note("the headers of event " + event.id + " do not fit");
    return true;
  }
  // The library copies the value, and does not change it before.
  auto* const value = const_cast<char*>(event.data.data());
  const auto error = rd_kafka_producev(
      producer_.get(), RD_KAFKA_V_RKT(topic_.get()), RD_KAFKA_V_KEY(event.key.data(), event.key.size()),
      RD_KAFKA_V_VALUE(value, event.data.size()), RD_KAFKA_V_HEADERS(headers.get()),
      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_OPAQUE(reinterpret_cast<void*>(index)),
      RD_KAFKA_V_END);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
    static_cast<void>(headers.release()); // they belong to the message now
    ++waiting_;
    return true;
  }
  if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL)
    return false;
  note("event " + event.id + ": " + kafka_error_text(error));
  hopeless_ = error == RD_KAFKA_RESP_ERR__FATAL;
  return true;
}

void kafka_publisher::session::withdraw() {
  const auto deadline = steady_clock::now() + withdrawal_max;
  while (waiting_ > 0) {
    if (steady_clock::now() > deadline) {
      close();
      return;
    }
    // Again at each turn: an event between two of the library's queues is not found.
    rd_kafka_purge(producer_.get(),
                   RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
    rd_kafka_poll(producer_.get(), step_ms);
  }
}

void kafka_publisher::session::renew_if_broken() {
  if (producer_ == nullptr)
    return;
  const std::string broken = kafka_fatal_error(producer_.get());
  if (broken.empty())
    return;
  ++renewals_;
  log::warn("a producer of Kafka has failed for good and is replaced",
            {{"topic", options_.topic}, {"reason", broken}, {"replaced", renewals_}});
  trouble_.clear();
  note(broken + " (producer " + std::to_string(renewals_) + " is replaced)");
  close();
}

void kafka_publisher::session::take_report(rd_kafka_t*, const rd_kafka_message_t* message, void* self) {
  auto& owner = *static_cast<session*>(self);
  const auto index = reinterpret_cast<std::size_t>(message->_private);
  --owner.waiting_;
  ++owner.reports_;
  switch (message->err) {
  case RD_KAFKA_RESP_ERR_NO_ERROR:
    owner.taken_[index] = true;
    owner.note_reached();
    break;
  case RD_KAFKA_RESP_ERR__PURGE_QUEUE:
  case RD_KAFKA_RESP_ERR__PURGE_INFLIGHT:
    break; // whoever withdrew it has said why
  case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
    owner.note(owner.away_why_.empty() ? kafka_error_text(message->err) : owner.away_why_);
    owner.reached_ = false;
    owner.hopeless_ = true;
    break;
  default:
    owner.note(kafka_error_text(message->err));
  }
}

void kafka_publisher::session::take_error(rd_kafka_t*, int error, const char* reason, void* self) {
  auto& owner = *static_cast<session*>(self);
  if (error == RD_KAFKA_RESP_ERR__FATAL) {
    owner.hopeless_ = true;
  } else if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
    if (!owner.away_since_)
      owner.away_since_ = steady_clock::now();
  } else {
    owner.away_why_ = reason;
  }
}

kafka_publisher::kafka_publisher(kafka_publisher_options options)
    : session_(std::make_unique<session>(std::move(options))) {}

kafka_publisher::~kafka_publisher() = default;

std::string kafka_publisher::prepare() { return session_->why_not_ready(); }

publish_report kafka_publisher::publish(std::span<const cloud_event> events) {
  return session_->publish(events);
}

void kafka_publisher::interrupt() noexcept { session_->interrupt(); }

} // namespace orderd
