#include "config/base64.hpp"
#include "config/limits.hpp"
#include "config/settings_table.hpp"
#include "config/url_check.hpp"

#include <algorithm>

namespace orderd {

namespace {

constexpr std::size_t list_bytes_max = 2000;
constexpr std::size_t secret_bytes_max = 200;
constexpr std::uint64_t kib = 1024;

/// Whether each of a list that is divided by commas is so. No list at all is one, too.
bool is_list_of(std::string_view text, bool (*accepts)(std::string_view)) {
  if (text.empty())
    return true;
  if (text.size() > list_bytes_max || !is_printable(text))
    return false;
  while (true) {
    const auto end = std::min(text.find(','), text.size());
    if (!accepts(text.substr(0, end)))
      return false;
    if (end == text.size())
      return true;
    text.remove_prefix(end + 1);
  }
}

/// `nats://` or `tls://`, a user with a password or a token if need be, and a server.
bool is_nats_server(std::string_view text) {
  for (const std::string_view scheme : {"nats://", "tls://"})
    if (text.starts_with(scheme)) {
      text.remove_prefix(scheme.size());
      const auto user_end = text.rfind('@');
      return is_authority(user_end == std::string_view::npos ? text : text.substr(user_end + 1));
    }
  return false;
}

bool is_nats_url(std::string_view text) { return is_list_of(text, is_nats_server); }

bool is_broker_list(std::string_view text) { return is_list_of(text, is_authority_with_port); }

/// What NATS takes as the name of a stream, and Kafka as that of a topic or a group.
bool is_broker_name(std::string_view text) {
  constexpr std::size_t name_bytes_max = 200;
  return !text.empty() && text.size() <= name_bytes_max &&
         std::all_of(text.begin(), text.end(), [](char each) {
           return (each >= '0' && each <= '9') || (each >= 'a' && each <= 'z') ||
                  (each >= 'A' && each <= 'Z') || each == '-' || each == '_';
         });
}

bool is_topic(std::string_view text) {
  std::string without_dots(text);
  std::replace(without_dots.begin(), without_dots.end(), '.', '_');
  return text != "." && text != ".." && is_broker_name(without_dots);
}

/// What it means is for the client of Kafka to say.
bool is_option_list(std::string_view text) {
  constexpr std::size_t options_bytes_max = 4000;
  return text.size() <= options_bytes_max &&
         std::all_of(text.begin(), text.end(), [](char each) { return each >= 0x20 && each < 0x7f; });
}

bool is_path(std::string_view text) {
  constexpr std::size_t path_bytes_max = 4000;
  return text.size() <= path_bytes_max && text.find('\0') == std::string_view::npos;
}

bool is_webhook_url(std::string_view text) { return text.empty() || is_http_url(text, url_query::allowed); }

/// As Standard Webhooks has it: `whsec_` and at least 24 bytes in Base64.
bool is_webhook_secret(std::string_view text) {
  constexpr std::string_view prefix = "whsec_";
  constexpr std::size_t key_bytes_min = 24;
  if (text.empty())
    return true;
  if (!text.starts_with(prefix) || text.size() > secret_bytes_max)
    return false;
  const auto key = decode_base64(text.substr(prefix.size()));
  return key && key->size() >= key_bytes_min;
}

bool is_event_source(std::string_view text) {
  return !text.empty() && text.size() <= limits::name_bytes_max && is_printable(text);
}

void add_outbox(std::vector<setting>& rows) {
  constexpr auto group = setting_group::events;
  rows.push_back({"ORDERD_EVENT_SOURCE", group,
                  text_kind(&settings::event_source, "URI", "1..256 printable characters without blanks",
                            is_event_source),
                  "The attribute `source` of every event that is published."});
  rows.push_back({"ORDERD_EVENTS_RATE_MAX", group,
                  number_kind(&settings::events_rate_max, "events a second", 10, 10'000'000),
                  "How fast a sink that is behind follows, at most."});
  rows.push_back({"ORDERD_EVENTS_IN_FLIGHT_MAX", group,
                  number_kind(&settings::events_in_flight_max, "events", 1, 10'000),
                  "Events sent to NATS or Kafka and not acknowledged yet."});
  rows.push_back({"ORDERD_EVENTS_AGE_MAX_SECONDS", group,
                  seconds_kind(&settings::events_age_max, 60, 10 * 365 * 86'400ULL),
                  "Events that could not be published for so long are passed over, and counted."});
  rows.push_back({"ORDERD_EVENTS_WAITING_MAX", group,
                  number_kind(&settings::events_waiting_max, "events", 1'000, 1'000'000'000'000ULL),
                  "Most events that wait for a sink; beyond, the oldest are passed over, and counted."});
  rows.push_back({"ORDERD_REFUSAL_EVENTS_PER_SECOND", group,
                  number_kind(&settings::refusal_events_per_second, "events a second", 0, 100'000),
                  "Orders refused for want of stock, at once and so without an order, of which "
                  "reservation_failed tells; the rest are only counted. 0: none."});
  rows.push_back({"ORDERD_EVENT_CLIENTS_MAX", group,
                  number_kind(&settings::event_clients_max, "clients", 0, 100'000),
                  "Clients of the stream /events; one more is answered 503."});
  rows.push_back({"ORDERD_EVENT_CLIENT_BYTES_MAX", group,
                  number_kind(&settings::event_client_bytes_max, "bytes", 4 * kib, 64 * kib * kib),
                  "What one of them may leave unread; then it is dropped."});
}

void add_brokers(std::vector<setting>& rows) {
  constexpr auto group = setting_group::events;
  rows.push_back(
      {"NATS_URL",
       group,
       text_kind(&settings::nats_url, "URLs", "nats:// or tls:// URLs, divided by commas", is_nats_url),
       "NATS servers with JetStream, to publish to and to consume from; empty: none.",
       {},
       true});
  rows.push_back({"ORDERD_NATS_CREDENTIALS", group,
                  text_kind(&settings::nats_credentials, "path", "a path of at most 4000 bytes", is_path),
                  "File with the JWT and the key of the user that NATS knows, as nsc writes it."});
  rows.push_back({"ORDERD_NATS_CA_FILE", group,
                  text_kind(&settings::nats_ca_file, "path", "a path of at most 4000 bytes", is_path),
                  "File with the authorities, in PEM, that vouch for tls:// servers of NATS; empty: those "
                  "that this machine trusts."});
  rows.push_back({"NATS_STREAM", group,
                  text_kind(&settings::nats_stream, "name", "letters, digits, - and _", is_broker_name),
                  "Stream of the published events; made if it is missing."});
  rows.push_back(
      {"ORDERD_NATS_INBOUND_STREAM", group,
       text_kind(&settings::nats_inbound_stream, "name", "letters, digits, - and _", is_broker_name),
       "Stream made for the subjects that are consumed, where no stream has them yet."});
  rows.push_back(
      {"KAFKA_BROKERS", group,
       text_kind(&settings::kafka_brokers, "host:port", "host:port, divided by commas", is_broker_list),
       "Kafka brokers to publish to and to consume from; empty: none."});
  rows.push_back({"ORDERD_KAFKA_OPTIONS",
                  group,
                  text_kind(&settings::kafka_options, "options",
                            "name=value, divided by ;, of at most 4000 printable characters", is_option_list),
                  "Options of librdkafka for all clients of Kafka, as security.protocol, sasl.* and ssl.*; "
                  "those that the engine sets are refused.",
                  {},
                  true});
  rows.push_back({"ORDERD_KAFKA_TOPIC", group,
                  text_kind(&settings::kafka_topic, "name", "letters, digits, ., - and _", is_topic),
                  "Topic of the published events."});
  rows.push_back({"ORDERD_CONSUMER_GROUP", group,
                  text_kind(&settings::consumer_group, "name", "letters, digits, - and _", is_broker_name),
                  "Consumer group in Kafka, and the name that the durable consumers in NATS begin with."});
  rows.push_back(
      {"ORDERD_KAFKA_DEAD_LETTER_TOPIC", group,
       text_kind(&settings::kafka_dead_letter_topic, "name", "letters, digits, ., - and _", is_topic),
       "Topic of the messages that could not be handled, each with the reason."});
  rows.push_back(
      {"ORDERD_CONSUME", group, boolean_kind(&settings::consume),
       "Whether payments.*, stock.received and orders.submitted are consumed from these brokers."});
  rows.push_back({"ORDERD_CONSUME_IN_FLIGHT_MAX", group,
                  number_kind(&settings::consume_in_flight_max, "messages", 1, 10'000),
                  "Consumed messages that are being handled, for each broker."});
  rows.push_back({"ORDERD_CONSUME_TRIES_MAX", group,
                  number_kind(&settings::consume_tries_max, "tries", 1, 1'000),
                  "Tries of a message that cannot be handled; then it is a dead letter."});
}

void add_webhook(std::vector<setting>& rows) {
  constexpr auto group = setting_group::events;
  rows.push_back({"WEBHOOK_URL",
                  group,
                  text_kind(&settings::webhook_url, "URL",
                            "http:// or https://, a host, a port, a path and a query", is_webhook_url),
                  "Receiver of every event by POST, signed as Standard Webhooks has it; empty: none.",
                  {},
                  true});
  rows.push_back({"WEBHOOK_SECRET",
                  group,
                  text_kind(&settings::webhook_secret, "text", "whsec_ and at least 24 bytes in Base64",
                            is_webhook_secret),
                  "Signs what is sent to WEBHOOK_URL, and is needed for it.",
                  {},
                  true});
  rows.push_back({"ORDERD_WEBHOOK_ALLOW_PRIVATE", group, boolean_kind(&settings::webhook_allow_private),
                  "Lets the receiver be at a loopback, private, link-local or other special address."});
  rows.push_back({"ORDERD_WEBHOOK_TIMEOUT_MS", group,
                  milliseconds_kind(&settings::webhook_timeout, 100, 120'000),
                  "Longest wait for the receiver's answer to one event."});
  rows.push_back({"ORDERD_WEBHOOK_IN_FLIGHT_MAX", group,
                  number_kind(&settings::webhook_in_flight_max, "events", 1, 256),
                  "Events sent to the receiver at once, of orders or items that differ."});
  rows.push_back({"ORDERD_WEBHOOK_DISABLE_AFTER_SECONDS", group,
                  seconds_kind(&settings::webhook_disable_after, 1, 30 * 86'400ULL),
                  "A receiver that has taken nothing for so long is left alone until an operator has it "
                  "tried again."});
}

} // namespace

void add_events(std::vector<setting>& rows) {
  add_outbox(rows);
  add_brokers(rows);
  add_webhook(rows);
}

} // namespace orderd
