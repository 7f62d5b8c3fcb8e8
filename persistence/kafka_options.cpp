#include "persistence/kafka_options.hpp"

#include "persistence/kafka_client.hpp"

#include <algorithm>
#include <array>

namespace orderd {

namespace {

constexpr std::string_view setting = "ORDERD_KAFKA_OPTIONS: ";

/// Set by the engine, whose promises rest on them; with librdkafka's other names for the same.
constexpr auto engines_own = std::to_array<std::string_view>({
    "acks",
    "allow.auto.create.topics",
    "auto.commit.enable",
    "auto.commit.interval.ms",
    "auto.offset.reset",
    "bootstrap.servers",
    "client.id",
    "delivery.timeout.ms",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "enable.idempotence",
    "fetch.max.bytes",
    "group.id",
    "group.instance.id",
    "heartbeat.interval.ms",
    "linger.ms",
    "log.connection.close",
    "max.in.flight",
    "max.in.flight.requests.per.connection",
    "message.send.max.retries",
    "message.timeout.ms",
    "metadata.broker.list",
    "partitioner",
    "queue.buffering.max.messages",
    "queue.buffering.max.ms",
    "queued.max.messages.kbytes",
    "queued.min.messages",
    "reconnect.backoff.max.ms",
    "reconnect.backoff.ms",
    "request.required.acks",
    "retries",
    "session.timeout.ms",
    "socket.connection.setup.timeout.ms",
    "socket.keepalive.enable",
    "socket.timeout.ms",
    "topic.metadata.propagation.max.ms",
    "topic.metadata.refresh.interval.ms",
    "transactional.id",
});

[[nodiscard]] std::string_view without_blanks(std::string_view text) {
  while (text.starts_with(' '))
    text.remove_prefix(1);
  while (text.ends_with(' '))
    text.remove_suffix(1);
  return text;
}

[[nodiscard]] tl::unexpected<error> refuse(std::string why) {
  return fail(error_code::invalid_setting, std::string(setting) + std::move(why));
}

/// librdkafka's sentences quote what they are about.
[[nodiscard]] std::string without_values(std::string text, const kafka_option_list& options) {
  for (const auto& [name, value] : options) {
    for (auto at = value.empty() ? std::string::npos : text.find(value); at != std::string::npos;
         at = text.find(value, at + 3))
      text.replace(at, value.size(), "***");
  }
  return text;
}

[[nodiscard]] result<void> try_out(const kafka_option_list& options) {
  kafka_settings settings("", "orderd", nullptr);
  // It would warn of a client without brokers, and quote values.
  rd_kafka_conf_set_log_cb(settings.get(), nullptr);
  std::array<char, 512> ignored{};
  for (const auto& [name, value] : options) {
    switch (rd_kafka_conf_set(settings.get(), name.c_str(), value.c_str(), ignored.data(), ignored.size())) {
    case RD_KAFKA_CONF_OK:
      break;
    case RD_KAFKA_CONF_UNKNOWN:
      return refuse("there is no option " + name + " of Kafka's client, or this one was built without it");
    case RD_KAFKA_CONF_INVALID:
      return refuse("the value of " + name + " is none that Kafka's client takes");
    }
  }
  std::string trouble;
  const auto client = settings.open(RD_KAFKA_PRODUCER, trouble);
  if (client == nullptr)
    return refuse(without_values(std::move(trouble), options));
  return {};
}

} // namespace

result<kafka_option_list> read_kafka_options(std::string_view text) {
  kafka_option_list options;
  while (!text.empty()) {
    const auto end = std::min(text.find(';'), text.size());
    const auto one = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (without_blanks(one).empty())
      continue;
    const auto sign = one.find('=');
    const auto place = "option " + std::to_string(options.size() + 1);
    if (sign == std::string_view::npos)
      return refuse(place + " has no = behind its name");
    std::string name(without_blanks(one.substr(0, sign)));
    if (name.empty())
      return refuse(place + " has no name before its =");
    if (std::find(engines_own.begin(), engines_own.end(), name) != engines_own.end())
      return refuse("the option " + name + " is set by the engine and cannot be given");
    if (std::any_of(options.begin(), options.end(), [&](const auto& each) { return each.first == name; }))
      return refuse("the option " + name + " is given twice");
    options.emplace_back(std::move(name), one.substr(sign + 1));
  }
  if (!options.empty())
    if (auto tried = try_out(options); !tried)
      return tl::unexpected(std::move(tried).error());
  return options;
}

} // namespace orderd
