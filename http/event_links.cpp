#include "http/event_links.hpp"

#include "config/small_file.hpp"
#include "domain/assert.hpp"
#include "persistence/kafka_publisher.hpp"
#include "persistence/kafka_source.hpp"
#include "persistence/nats_publisher.hpp"
#include "persistence/nats_source.hpp"
#include "persistence/webhook_publisher.hpp"

#include <utility>

namespace orderd::http {
namespace {

/// Between tries of a receiver that is somebody else's.
constexpr std::chrono::milliseconds webhook_pause_max{60'000};
/// Of a file with credentials or certificates.
constexpr std::size_t file_bytes_max = std::size_t{4} * 1024 * 1024;

[[nodiscard]] source_bounds bounds_of(const settings& s) {
  source_bounds bounds;
  bounds.in_flight_max = s.consume_in_flight_max;
  bounds.tries_max = s.consume_tries_max;
  return bounds;
}

[[nodiscard]] nats_trust trust_of(const settings& s) {
  return {s.nats_credentials.string(), s.nats_ca_file.string()};
}

[[nodiscard]] kafka_option_list kafka_options_of(const settings& s) {
  auto options = read_kafka_options(s.kafka_options);
  ORDERD_ASSERT(options.has_value());
  return *std::move(options);
}

[[nodiscard]] result<void> check_file(const char* setting, const std::string& path) {
  if (path.empty())
    return {};
  const auto text = read_small_file(path, file_bytes_max);
  if (!text)
    return fail(error_code::invalid_setting, std::string(setting) + ": " + path + ' ' + text.error());
  return {};
}

[[nodiscard]] event_sink nats_sink(const settings& s) {
  nats_publisher_options options;
  options.url = s.nats_url;
  options.trust = trust_of(s);
  options.stream = s.nats_stream;
  options.source = s.event_source;
  options.in_flight_max = s.events_in_flight_max;
  return {"nats", std::make_shared<nats_publisher>(std::move(options))};
}

[[nodiscard]] event_sink kafka_sink(const settings& s) {
  kafka_publisher_options options;
  options.brokers = s.kafka_brokers;
  options.more = kafka_options_of(s);
  options.topic = s.kafka_topic;
  options.source = s.event_source;
  options.in_flight_max = s.events_in_flight_max;
  return {"kafka", std::make_shared<kafka_publisher>(std::move(options))};
}

[[nodiscard]] event_sink webhook_sink(const settings& s, const clock_port& clock) {
  webhook_options options;
  options.url = s.webhook_url;
  options.secret = s.webhook_secret;
  options.source = s.event_source;
  options.timeout = s.webhook_timeout;
  options.in_flight_max = s.webhook_in_flight_max;
  options.allow_private = s.webhook_allow_private;
  options.clock = &clock;
  return {"webhook", std::make_shared<webhook_publisher>(std::move(options)), webhook_pause_max,
          s.webhook_disable_after};
}

} // namespace

result<void> check_links(const settings& s) {
  if (auto checked = check_file("ORDERD_NATS_CREDENTIALS", s.nats_credentials.string()); !checked)
    return checked;
  if (auto checked = check_file("ORDERD_NATS_CA_FILE", s.nats_ca_file.string()); !checked)
    return checked;
  if (auto options = read_kafka_options(s.kafka_options); !options)
    return tl::unexpected(std::move(options).error());
  return {};
}

std::vector<event_sink> sinks_of(const settings& s, const clock_port& clock) {
  std::vector<event_sink> sinks;
  if (!s.nats_url.empty())
    sinks.push_back(nats_sink(s));
  if (!s.kafka_brokers.empty())
    sinks.push_back(kafka_sink(s));
  if (!s.webhook_url.empty())
    sinks.push_back(webhook_sink(s, clock));
  return sinks;
}

event_links::event_links(const settings& s, const message_handler& handler) {
  if (!s.consume)
    return;
  if (!s.nats_url.empty()) {
    nats_source_options options;
    options.url = s.nats_url;
    options.trust = trust_of(s);
    options.inbound_stream = s.nats_inbound_stream;
    options.durable = s.consumer_group;
    options.bounds = bounds_of(s);
    sources_.push_back({"nats", std::make_unique<nats_source>(std::move(options), handler)});
  }
  if (!s.kafka_brokers.empty()) {
    kafka_source_options options;
    options.brokers = s.kafka_brokers;
    options.more = kafka_options_of(s);
    options.group = s.consumer_group;
    options.dead_letter_topic = s.kafka_dead_letter_topic;
    options.bounds = bounds_of(s);
    sources_.push_back({"kafka", std::make_unique<kafka_source>(std::move(options), handler)});
  }
}

std::vector<source_status> event_links::sources() const {
  std::vector<source_status> all;
  for (const auto& each : sources_)
    all.push_back({each.name, each.source->figures()});
  return all;
}

} // namespace orderd::http
