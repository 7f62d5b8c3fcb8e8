#include "persistence/nats_consumers.hpp"

#include "persistence/nats_streams.hpp"

#include <algorithm>
#include <utility>

namespace orderd {
namespace {

using std::chrono::steady_clock;

/// After this a consumer that has nothing says so, and is asked again: so one that is gone is noticed.
constexpr std::chrono::seconds request_life{10};
/// How long to wait for that when it does not come.
constexpr std::chrono::seconds request_grace{2};
/// After a refusal that may pass.
constexpr std::chrono::milliseconds refusal_pause{500};
/// Messages that are to come again after a pause count with the server as delivered: so many in flight, and
/// the next ones can still go on.
constexpr std::int64_t paused_factor = 16;

[[nodiscard]] std::string name_of(const std::string& durable, std::string_view subject) {
  auto name = durable + '-' + std::string(subject);
  std::replace(name.begin(), name.end(), '.', '-');
  return name;
}

} // namespace

nats_consumers::nats_consumers(nats_consumer_options options) : options_(std::move(options)) {
  for (const auto subject : inbound_subjects) {
    consumer one;
    one.subject = subject;
    one.name = name_of(options_.durable, subject);
    consumers_.push_back(std::move(one));
  }
}

result<void> nats_consumers::set_up(const nats_connection& connection) {
  if (auto found = find_streams(connection); !found)
    return found;
  for (auto& each : consumers_) {
    if (auto made = make_consumer(connection, each); !made)
      return made;
    each.owed = 0;
    each.word.clear();
    each.next_request = {};
  }
  return make_dead_letter_stream(connection);
}

result<void> nats_consumers::find_streams(const nats_connection& connection) {
  std::vector<std::string> homeless;
  for (auto& each : consumers_) {
    auto streams = streams_with(connection, each.subject);
    if (!streams)
      return tl::unexpected(std::move(streams.error()));
    if (streams->empty())
      homeless.push_back(each.subject);
    each.stream = streams->empty() ? options_.inbound_stream : streams->front();
  }
  // What took effect goes, so that a consumer that is made anew does not begin with it again.
  return homeless.empty() ? result<void>{}
                          : ensure_stream(connection, options_.inbound_stream, homeless, stream_use::work);
}

result<void> nats_consumers::make_consumer(const nats_connection& connection, const consumer& which) const {
  const auto what = "consumer " + which.name + " of stream " + which.stream;
  jsConsumerConfig config;
  if (const auto status = jsConsumerConfig_Init(&config); status != NATS_OK)
    return connection.failure(what, status);
  config.Durable = which.name.c_str();
  config.FilterSubject = which.subject.c_str();
  config.DeliverPolicy = js_DeliverAll;
  config.AckPolicy = js_AckExplicit;
  config.AckWait = std::chrono::nanoseconds(options_.ack_wait).count();
  config.MaxDeliver = -1;
  config.MaxAckPending = static_cast<std::int64_t>(options_.in_flight_max) * paused_factor;
  jsErrCode code{};
  const auto status =
      js_AddConsumer(nullptr, connection.jetstream(), which.stream.c_str(), &config, nullptr, &code);
  if (status != NATS_OK)
    return connection.refusal(what, status, code);
  return {};
}

result<void> nats_consumers::make_dead_letter_stream(const nats_connection& connection) const {
  for (const auto& each : consumers_) {
    const auto streams = streams_with(connection, options_.dead_letter_prefix + '.' + each.subject);
    if (!streams)
      return tl::unexpected(streams.error());
    if (streams->empty())
      return ensure_stream(connection, options_.inbound_stream + "_dead_letters",
                           {options_.dead_letter_prefix + ".>"});
  }
  return {};
}

std::optional<std::size_t> nats_consumers::index_of(const nats_position& position) const {
  for (std::size_t each = 0; each < consumers_.size(); ++each)
    if (consumers_[each].name == position.consumer && consumers_[each].stream == position.stream)
      return each;
  return {};
}

bool nats_consumers::ask(const nats_connection& connection, std::size_t index, std::size_t messages) {
  auto& one = consumers_[index];
  const auto now = steady_clock::now();
  // One that is there says at least that it has nothing. The server does not always tell of one that is gone.
  if (one.owed > 0 && now >= one.owed_until)
    return false;
  if (messages == 0 || one.owed > 0 || now < one.next_request)
    return true;
  one.word = std::to_string(index) + '-' + std::to_string(++requests_);
  const auto life = std::chrono::nanoseconds(request_life).count();
  const auto status = connection.publish(
      "$JS.API.CONSUMER.MSG.NEXT." + one.stream + '.' + one.name, connection.inbox() + '.' + one.word,
      "{\"batch\":" + std::to_string(messages) + ",\"expires\":" + std::to_string(life) + '}');
  if (status != NATS_OK)
    return true; // the connection is lost, which its owner will see
  one.owed = messages;
  one.owed_until = now + request_life + request_grace;
  return true;
}

void nats_consumers::delivered(std::size_t index) noexcept {
  auto& owed = consumers_[index].owed;
  if (owed > 0)
    --owed;
}

bool nats_consumers::answered(std::string_view word, natsMsg* message) {
  const auto found = std::find_if(consumers_.begin(), consumers_.end(),
                                  [&](const consumer& each) { return each.word == word; });
  if (found == consumers_.end())
    return true; // to an earlier request
  const char* status_text = nullptr;
  if (natsMsgHeader_Get(message, "Status", &status_text) != NATS_OK)
    return true;
  const std::string_view status(status_text);
  if (status.starts_with("100"))
    return true; // a sign of life
  found->owed = 0;
  if (status.starts_with("404") || status.starts_with("408"))
    return true; // nothing came in time
  const char* description = nullptr;
  const bool described = natsMsgHeader_Get(message, "Description", &description) == NATS_OK;
  found->next_request = steady_clock::now() + refusal_pause;
  return !status.starts_with("503") &&
         !(described && std::string_view(description).find("Deleted") != std::string_view::npos);
}

} // namespace orderd
