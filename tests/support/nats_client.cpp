#include "tests/support/nats_client.hpp"

#include <nats/nats.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <stdexcept>

namespace orderd::test {
namespace {

constexpr std::int64_t answer_wait_ms = 10'000;
constexpr std::int64_t fetch_wait_ms = 200;
constexpr int pace_ms = 20;
constexpr int fetch_messages = 512;

template <class T, void (*destroy)(T*)> struct closer {
  void operator()(T* what) const noexcept { destroy(what); }
};

struct subscription_closer {
  void operator()(natsSubscription* what) const noexcept {
    // The consumer that stands behind it goes as well.
    natsSubscription_Unsubscribe(what);
    natsSubscription_Destroy(what);
  }
};

using options_ptr = std::unique_ptr<natsOptions, closer<natsOptions, natsOptions_Destroy>>;
using connection_ptr = std::unique_ptr<natsConnection, closer<natsConnection, natsConnection_Destroy>>;
using jetstream_ptr = std::unique_ptr<jsCtx, closer<jsCtx, jsCtx_Destroy>>;
using message_ptr = std::unique_ptr<natsMsg, closer<natsMsg, natsMsg_Destroy>>;
using ack_ptr = std::unique_ptr<jsPubAck, closer<jsPubAck, jsPubAck_Destroy>>;
using stream_info_ptr = std::unique_ptr<jsStreamInfo, closer<jsStreamInfo, jsStreamInfo_Destroy>>;
using consumer_info_ptr = std::unique_ptr<jsConsumerInfo, closer<jsConsumerInfo, jsConsumerInfo_Destroy>>;
using consumer_names_ptr =
    std::unique_ptr<jsConsumerNamesList, closer<jsConsumerNamesList, jsConsumerNamesList_Destroy>>;
using metadata_ptr = std::unique_ptr<jsMsgMetaData, closer<jsMsgMetaData, jsMsgMetaData_Destroy>>;
using subscription_ptr = std::unique_ptr<natsSubscription, subscription_closer>;

[[nodiscard]] std::string reason_of(natsStatus status, int jetstream_error) {
  return std::string(natsStatus_GetText(status)) + " (JetStream error " + std::to_string(jetstream_error) +
         ")";
}

void check(natsStatus status, const std::string& what, int jetstream_error = 0) {
  if (status != NATS_OK)
    throw std::runtime_error("NATS: " + what + ": " + reason_of(status, jetstream_error));
}

[[nodiscard]] natsStatus connect(const std::string& url, bool stays, connection_ptr& connection) {
  natsOptions* made = nullptr;
  check(natsOptions_Create(&made), "options");
  const options_ptr options(made);
  check(natsOptions_SetURL(options.get(), url.c_str()), url);
  check(natsOptions_SetTimeout(options.get(), 5'000), "timeout");
  check(natsOptions_SetAllowReconnect(options.get(), stays), "reconnect");
  check(natsOptions_SetMaxReconnect(options.get(), -1), "reconnect");
  check(natsOptions_SetReconnectWait(options.get(), pace_ms), "reconnect");
  natsConnection* opened = nullptr;
  const auto status = natsConnection_Connect(&opened, options.get());
  connection.reset(opened);
  return status;
}

[[nodiscard]] jetstream_ptr jetstream_of(natsConnection* connection) {
  jsOptions options;
  check(jsOptions_Init(&options), "options");
  options.Wait = answer_wait_ms;
  jsCtx* made = nullptr;
  check(natsConnection_JetStream(&made, connection, &options), "JetStream");
  return jetstream_ptr(made);
}

[[nodiscard]] header_list headers_of(natsMsg* message) {
  const char** keys = nullptr;
  int count = 0;
  // It fails for a message without headers.
  if (natsMsgHeader_Keys(message, &keys, &count) != NATS_OK)
    return {};
  header_list headers;
  for (int each = 0; each < count; ++each) {
    const char** values = nullptr;
    int value_count = 0;
    if (natsMsgHeader_Values(message, keys[each], &values, &value_count) != NATS_OK)
      continue;
    for (int value = 0; value < value_count; ++value)
      headers.emplace_back(keys[each], values[value]);
    std::free(values);
  }
  std::free(keys);
  return headers;
}

[[nodiscard]] jsSequencePair place_of(natsMsg* message) {
  jsMsgMetaData* found = nullptr;
  check(natsMsg_GetMetaData(&found, message), "a message that is not of a stream");
  return metadata_ptr(found)->Sequence;
}

[[nodiscard]] consumer_info_ptr consumer_of(jsCtx* jetstream, const std::string& stream,
                                            const std::string& consumer) {
  jsConsumerInfo* info = nullptr;
  jsErrCode error{};
  check(js_GetConsumerInfo(&info, jetstream, stream.c_str(), consumer.c_str(), nullptr, &error),
        "consumer " + consumer, error);
  return consumer_info_ptr(info);
}

[[nodiscard]] nats_message message_of(natsMsg* message, std::uint64_t sequence) {
  return {natsMsg_GetSubject(message), headers_of(message),
          std::string(natsMsg_GetData(message), static_cast<std::size_t>(natsMsg_GetDataLength(message))),
          sequence};
}

} // namespace

struct nats_client::link {
  connection_ptr connection;
  jetstream_ptr jetstream;
};

/// Reads a stream in order. Its consumer lives no longer than the server, so it is made again behind what has
/// been read.
class nats_client::reading {
 public:
  reading(jsCtx* jetstream, const std::string& stream, const std::string& subject)
      : jetstream_(jetstream), stream_(stream), subject_(subject) {}

  /// Whether there is a consumer; makes one if not.
  [[nodiscard]] bool subscribed();
  /// Takes what comes within a moment.
  void fetch();

  [[nodiscard]] std::size_t expected() const { return expected_; }
  [[nodiscard]] const std::string& trouble() const { return trouble_; }
  [[nodiscard]] std::vector<nats_message>& messages() { return messages_; }

 private:
  [[nodiscard]] consumer_info_ptr consumer_info();
  void take(natsMsg* message);

  jsCtx* const jetstream_;
  const std::string stream_;
  const std::string subject_;
  subscription_ptr subscription_;
  std::vector<nats_message> messages_;
  std::uint64_t next_ = 1;
  std::uint64_t delivered_ = 0; ///< the last number of a delivery by this consumer
  std::size_t expected_ = 0;    ///< how many the stream had when the consumer was made
  std::string trouble_;
};

consumer_info_ptr nats_client::reading::consumer_info() {
  jsConsumerInfo* found = nullptr;
  jsErrCode error{};
  const auto status = natsSubscription_GetConsumerInfo(&found, subscription_.get(), nullptr, &error);
  if (status != NATS_OK) {
    trouble_ = reason_of(status, error);
    subscription_.reset();
  }
  return consumer_info_ptr(found);
}

bool nats_client::reading::subscribed() {
  if (subscription_ != nullptr)
    return true;
  jsSubOptions options;
  check(jsSubOptions_Init(&options), "options");
  options.Stream = stream_.c_str();
  options.Config.DeliverPolicy = js_DeliverByStartSequence;
  options.Config.OptStartSeq = next_;
  options.Config.AckPolicy = js_AckNone;
  natsSubscription* made = nullptr;
  jsErrCode error{};
  const auto status =
      js_PullSubscribe(&made, jetstream_, subject_.c_str(), nullptr, nullptr, &options, &error);
  subscription_.reset(made);
  if (status != NATS_OK) {
    trouble_ = reason_of(status, error);
    return false;
  }
  delivered_ = 0;
  const auto info = consumer_info();
  if (info == nullptr)
    return false;
  expected_ = messages_.size() + static_cast<std::size_t>(info->NumPending);
  return true;
}

void nats_client::reading::take(natsMsg* message) {
  const auto place = place_of(message);
  // A kill on the way may lose or repeat deliveries, and nobody asks for them again: begin anew.
  if (place.Consumer != ++delivered_) {
    trouble_ = "the consumer lost its place";
    subscription_.reset();
    return;
  }
  messages_.push_back(message_of(message, place.Stream));
  next_ = place.Stream + 1;
}

void nats_client::reading::fetch() {
  natsMsgList list{};
  const auto status =
      natsSubscription_Fetch(&list, subscription_.get(), fetch_messages, fetch_wait_ms, nullptr);
  const bool any = list.Count > 0;
  for (int each = 0; each < list.Count && subscription_ != nullptr; ++each)
    take(list.Msgs[each]);
  natsMsgList_Destroy(&list);
  if (any)
    return;
  if (status == NATS_TIMEOUT)
    static_cast<void>(consumer_info()); // nothing is said of a consumer that is gone
  else if (status != NATS_OK) {
    trouble_ = reason_of(status, 0);
    subscription_.reset();
  }
}

bool has_jetstream(const std::string& url) {
  connection_ptr connection;
  if (connect(url, false, connection) != NATS_OK)
    return false;
  const auto jetstream = jetstream_of(connection.get());
  jsAccountInfo* info = nullptr;
  const bool answers = js_GetAccountInfo(&info, jetstream.get(), nullptr, nullptr) == NATS_OK;
  jsAccountInfo_Destroy(info);
  return answers;
}

nats_client::nats_client(const std::string& url) : link_(std::make_unique<link>()) {
  check(connect(url, true, link_->connection), "no connection to " + url);
  link_->jetstream = jetstream_of(link_->connection.get());
}

nats_client::~nats_client() = default;

void nats_client::create_stream(const std::string& stream, const std::vector<std::string>& subjects) {
  std::vector<const char*> texts;
  for (const auto& each : subjects)
    texts.push_back(each.c_str());
  jsStreamConfig config;
  check(jsStreamConfig_Init(&config), "options");
  config.Name = stream.c_str();
  config.Subjects = texts.data();
  config.SubjectsLen = static_cast<int>(texts.size());
  config.Storage = js_FileStorage;
  jsErrCode error{};
  check(js_AddStream(nullptr, link_->jetstream.get(), &config, nullptr, &error), "stream " + stream, error);
}

void nats_client::delete_stream(const std::string& stream) {
  jsErrCode error{};
  check(js_DeleteStream(link_->jetstream.get(), stream.c_str(), nullptr, &error), "stream " + stream, error);
}

bool nats_client::has_stream(const std::string& stream) {
  jsStreamInfo* info = nullptr;
  jsErrCode error{};
  const auto status = js_GetStreamInfo(&info, link_->jetstream.get(), stream.c_str(), nullptr, &error);
  const stream_info_ptr found(info);
  if (error != JSStreamNotFoundErr && status != NATS_NOT_FOUND)
    check(status, "stream " + stream, error);
  return found != nullptr;
}

std::uint64_t nats_client::count(const std::string& stream) {
  jsStreamInfo* info = nullptr;
  jsErrCode error{};
  check(js_GetStreamInfo(&info, link_->jetstream.get(), stream.c_str(), nullptr, &error), "stream " + stream,
        error);
  return stream_info_ptr(info)->State.Msgs;
}

nats_ack nats_client::publish(const std::string& subject, const std::string& data,
                              const header_list& headers) {
  natsMsg* made = nullptr;
  check(natsMsg_Create(&made, subject.c_str(), nullptr, data.data(), static_cast<int>(data.size())), subject);
  const message_ptr message(made);
  for (const auto& [name, value] : headers)
    check(natsMsgHeader_Add(message.get(), name.c_str(), value.c_str()), name);
  jsPubAck* answer = nullptr;
  jsErrCode error{};
  const auto status = js_PublishMsg(&answer, link_->jetstream.get(), message.get(), nullptr, &error);
  const ack_ptr ack(answer);
  check(status, "publish to " + subject, error);
  return {ack->Sequence, ack->Duplicate};
}

std::vector<nats_message> nats_client::read(const std::string& stream, const std::string& subject,
                                            std::size_t at_least, int guard_seconds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(guard_seconds);
  reading from(link_->jetstream.get(), stream, subject);
  while (!from.subscribed() || from.messages().size() < std::max(at_least, from.expected())) {
    if (std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error("only " + std::to_string(from.messages().size()) + " messages of " + subject +
                               " came from stream " + stream + "; last trouble: " + from.trouble());
    if (from.subscribed())
      from.fetch();
    else
      ::poll(nullptr, 0, pace_ms);
  }
  return std::move(from.messages());
}

std::vector<std::string> nats_client::consumers(const std::string& stream) {
  jsConsumerNamesList* list = nullptr;
  jsErrCode error{};
  const auto status = js_ConsumerNames(&list, link_->jetstream.get(), stream.c_str(), nullptr, &error);
  const consumer_names_ptr names(list);
  if (status == NATS_NOT_FOUND && error != JSStreamNotFoundErr)
    return {};
  check(status, "consumers of " + stream, error);
  return names == nullptr ? std::vector<std::string>{}
                          : std::vector<std::string>(names->List, names->List + names->Count);
}

void nats_client::delete_consumer(const std::string& stream, const std::string& consumer) {
  jsErrCode error{};
  check(js_DeleteConsumer(link_->jetstream.get(), stream.c_str(), consumer.c_str(), nullptr, &error),
        "consumer " + consumer, error);
}

nats_progress nats_client::progress(const std::string& stream, const std::string& consumer) {
  const auto info = consumer_of(link_->jetstream.get(), stream, consumer);
  return {info->NumPending, static_cast<std::uint64_t>(info->NumAckPending)};
}

void nats_client::set_ack_wait(const std::string& stream, const std::string& consumer,
                               std::chrono::milliseconds wait) {
  const auto info = consumer_of(link_->jetstream.get(), stream, consumer);
  info->Config->AckWait = std::chrono::nanoseconds(wait).count();
  jsErrCode error{};
  check(js_UpdateConsumer(nullptr, link_->jetstream.get(), stream.c_str(), info->Config, nullptr, &error),
        "consumer " + consumer, error);
}

} // namespace orderd::test
