#include "persistence/nats_connection.hpp"

#include "domain/assert.hpp"

#include <algorithm>
#include <random>
#include <utility>

namespace orderd {
namespace {

using std::chrono::steady_clock;

/// A server that says nothing for twice as long is gone.
constexpr std::int64_t ping_interval_ms = 10'000;
constexpr int pings_out_max = 2;
/// A server that reads nothing must not hold a sender.
constexpr std::int64_t write_deadline_ms = 5'000;

using options_handle = std::unique_ptr<natsOptions, nats_closer<natsOptions, natsOptions_Destroy>>;
using mailbox_share = std::shared_ptr<nats_mailbox>;

[[nodiscard]] std::vector<std::string> urls_of(std::string_view list) {
  std::vector<std::string> urls;
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    auto one = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    while (one.starts_with(' '))
      one.remove_prefix(1);
    while (one.ends_with(' '))
      one.remove_suffix(1);
    if (!one.empty())
      urls.emplace_back(one);
  }
  return urls;
}

/// Sets what each connection has. Statuses are joined: the first that is not fine counts.
[[nodiscard]] natsStatus set_options(natsOptions* options, const nats_endpoint& endpoint) {
  const auto urls = urls_of(endpoint.url);
  std::vector<const char*> texts;
  bool tls = false;
  for (const auto& each : urls) {
    texts.push_back(each.c_str());
    tls = tls || each.starts_with("tls://");
  }
  const auto timeout = endpoint.connect_timeout.count();
  const auto& [credentials, authorities] = endpoint.trust;
  for (const auto status :
       {natsOptions_SetServers(options, texts.data(), static_cast<int>(texts.size())),
        natsOptions_SetName(options, endpoint.name.c_str()), natsOptions_SetTimeout(options, timeout),
        natsOptions_SetAllowReconnect(options, false), natsOptions_SetPingInterval(options, ping_interval_ms),
        natsOptions_SetMaxPingsOut(options, pings_out_max),
        natsOptions_SetWriteDeadline(options, write_deadline_ms),
        natsOptions_SetFailRequestsOnDisconnect(options, true),
        tls ? natsOptions_SetSecure(options, true) : NATS_OK,
        tls && !authorities.empty() ? natsOptions_LoadCATrustedCertificates(options, authorities.c_str())
                                    : NATS_OK,
        credentials.empty() ? NATS_OK
                            : natsOptions_SetUserCredentialsFromFiles(options, credentials.c_str(), nullptr)})
    if (status != NATS_OK)
      return status;
  return NATS_OK;
}

void take_message(natsConnection* /*connection*/, natsSubscription* /*subscription*/, natsMsg* message,
                  void* share) {
  (*static_cast<mailbox_share*>(share))->put(nats_message(message));
}

void end_messages(void* share) { delete static_cast<mailbox_share*>(share); }

[[nodiscard]] std::string text_of(natsStatus status) { return natsStatus_GetText(status); }

} // namespace

void nats_mailbox::put(nats_message message) {
  const std::lock_guard lock(mutex_);
  messages_.push_back(std::move(message));
  changed_.notify_one();
}

void nats_mailbox::wake() {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  changed_.notify_one();
}

nats_message nats_mailbox::wait(steady_clock::time_point until) {
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, until, [this] { return woken_ || !messages_.empty(); });
  if (messages_.empty()) {
    woken_ = false;
    return {};
  }
  auto next = std::move(messages_.front());
  messages_.pop_front();
  return next;
}

void nats_mailbox::clear() {
  const std::lock_guard lock(mutex_);
  messages_.clear();
}

std::string without_secrets(std::string_view nats_urls) {
  std::string out;
  for (const auto& each : urls_of(nats_urls)) {
    std::string_view one = each;
    if (const auto scheme = one.find("://"); scheme != std::string_view::npos)
      one.remove_prefix(scheme + 3);
    // A password may hold a slash or an at sign that should have been escaped.
    if (const auto at = one.rfind('@'); at != std::string_view::npos)
      one.remove_prefix(at + 1);
    out += (out.empty() ? "" : ",") + std::string(one);
  }
  return out;
}

nats_connection::nats_connection(nats_endpoint endpoint, std::shared_ptr<nats_mailbox> mailbox)
    : endpoint_(std::move(endpoint)), place_("NATS at " + without_secrets(endpoint_.url)),
      mailbox_(std::move(mailbox)), pause_(endpoint_.pause_min, endpoint_.pause_max, std::random_device{}()) {
  ORDERD_ASSERT(mailbox_ != nullptr && endpoint_.pause_min.count() > 0);
}

result<void> nats_connection::open() {
  if (is_open())
    return {};
  if (handle_ != nullptr) {
    close();
    trouble_ = "the connection to " + place_ + " was lost";
  }
  if (steady_clock::now() < next_attempt_)
    return fail(error_code::store_failed, trouble_);
  const auto status = connect();
  if (status == NATS_OK) {
    ++number_;
    pause_.reset();
    // A server that cuts each connection at once is not to be asked without a pause.
    next_attempt_ = steady_clock::now() + endpoint_.pause_min;
    return {};
  }
  close();
  next_attempt_ = steady_clock::now() + pause_.next();
  // The library's own sentences may name the URL.
  trouble_ = "no connection to " + place_ + ": " + text_of(status);
  return fail(error_code::store_failed, trouble_);
}

natsStatus nats_connection::connect() {
  natsOptions* made = nullptr;
  if (const auto status = natsOptions_Create(&made); status != NATS_OK)
    return status;
  const options_handle options(made);
  if (const auto status = set_options(options.get(), endpoint_); status != NATS_OK)
    return status;
  natsConnection* connected = nullptr;
  if (const auto status = natsConnection_Connect(&connected, options.get()); status != NATS_OK)
    return status;
  handle_.reset(connected);
  jsOptions jetstream;
  if (const auto status = jsOptions_Init(&jetstream); status != NATS_OK)
    return status;
  jetstream.Wait = endpoint_.answer_timeout.count();
  jsCtx* context = nullptr;
  if (const auto status = natsConnection_JetStream(&context, handle_.get(), &jetstream); status != NATS_OK)
    return status;
  jetstream_.reset(context);
  return subscribe();
}

natsStatus nats_connection::subscribe() {
  natsInbox* made = nullptr;
  if (const auto status = natsInbox_Create(&made); status != NATS_OK)
    return status;
  inbox_ = made;
  natsInbox_Destroy(made);
  mailbox_->clear();
  auto share = std::make_unique<mailbox_share>(mailbox_);
  natsSubscription* subscription = nullptr;
  auto status = natsConnection_Subscribe(&subscription, handle_.get(), (inbox_ + ".*").c_str(), take_message,
                                         share.get());
  if (status != NATS_OK)
    return status;
  answers_.reset(subscription);
  // The library's thread may use its share until it says that it is done; if it cannot be asked to say so,
  // the share stays for ever.
  auto* const kept = share.release();
  return natsSubscription_SetOnCompleteCB(subscription, end_messages, kept);
}

bool nats_connection::is_open() const {
  return handle_ != nullptr && natsConnection_Status(handle_.get()) == NATS_CONN_STATUS_CONNECTED;
}

void nats_connection::close() noexcept {
  answers_.reset();
  jetstream_.reset();
  handle_.reset();
}

std::string_view nats_connection::answer_word(natsMsg* message) const {
  const std::string_view subject = natsMsg_GetSubject(message);
  if (inbox_.empty() || subject.size() <= inbox_.size() || !subject.starts_with(inbox_))
    return {};
  return subject.substr(inbox_.size() + 1);
}

natsStatus nats_connection::publish(const std::string& subject, const std::string& reply,
                                    const std::string& body) const {
  return natsConnection_PublishRequest(handle_.get(), subject.c_str(), reply.c_str(), body.data(),
                                       static_cast<int>(body.size()));
}

result<std::string> nats_connection::request(const std::string& subject, const std::string& body) const {
  natsMsg* answer = nullptr;
  const auto status = natsConnection_Request(&answer, handle_.get(), subject.c_str(), body.data(),
                                             static_cast<int>(body.size()), endpoint_.answer_timeout.count());
  const nats_message message(answer);
  if (status != NATS_OK)
    return failure("request " + subject, status);
  return std::string(natsMsg_GetData(answer), static_cast<std::size_t>(natsMsg_GetDataLength(answer)));
}

void nats_connection::stop_answers(std::chrono::milliseconds timeout) const {
  if (is_open() && natsSubscription_DrainTimeout(answers_.get(), timeout.count()) == NATS_OK)
    static_cast<void>(natsSubscription_WaitForDrainCompletion(answers_.get(), timeout.count()));
}

void nats_connection::flush(std::chrono::milliseconds timeout) const {
  if (is_open())
    static_cast<void>(natsConnection_FlushTimeout(handle_.get(), timeout.count()));
}

tl::unexpected<error> nats_connection::failure(const std::string& what, natsStatus status) const {
  return fail(error_code::store_failed, place_ + ": " + what + ": " + text_of(status));
}

tl::unexpected<error> nats_connection::refusal(const std::string& what, natsStatus status,
                                               jsErrCode code) const {
  if (code == 0)
    return failure(what, status);
  natsStatus last = NATS_OK;
  const char* const words = nats_GetLastError(&last);
  return fail(error_code::store_failed, place_ + ": " + what + ": " +
                                            (words == nullptr ? text_of(status) : std::string(words)) +
                                            " (JetStream error " + std::to_string(code) + ")");
}

} // namespace orderd
