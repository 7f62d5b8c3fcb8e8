#include "persistence/webhook_publisher.hpp"

#include "config/public_address.hpp"
#include "domain/assert.hpp"
#include "persistence/curl_exchange.hpp"
#include "persistence/tame.hpp"
#include "persistence/webhook_signature.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <ctime>
#include <unordered_map>
#include <utility>

namespace orderd {

namespace {

constexpr std::size_t answer_bytes_max = std::size_t{16} * 1024;
constexpr std::chrono::milliseconds connect_timeout{5'000};
constexpr std::chrono::seconds retry_after_max{3'600};
/// Only a guard: `interrupt` wakes the wait, and libcurl knows its own deadlines.
constexpr int idle_ms = 60'000;

/// One event on its way. libcurl holds pointers into it.
struct attempt {
  std::size_t place = 0; ///< among the events of the call
  std::string body;
  std::size_t answer_bytes = 0;
  bool cut = false;      ///< more of the answer's body came than anyone wants
  std::string forbidden; ///< an address that was not connected to
  std::array<char, CURL_ERROR_SIZE> trouble{};
  curl_headers headers;
  curl_handle handle;
};

/// Blocks the signal that a TLS connection raises which the receiver has closed, for as long as it lives and
/// on the thread that made it.
class broken_pipes_ignored {
 public:
  broken_pipes_ignored() {
    sigset_t pending;
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  broken_pipes_ignored(const broken_pipes_ignored&) = delete;
  broken_pipes_ignored& operator=(const broken_pipes_ignored&) = delete;
  ~broken_pipes_ignored() {
    constexpr timespec at_once{};
    if (!was_pending_)
      sigtimedwait(&pipe_, nullptr, &at_once);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t pipe_;
  sigset_t before_;
  bool was_pending_ = false;
};

/// The address as text; empty for what is neither IPv4 nor IPv6.
[[nodiscard]] std::string text_of(const sockaddr& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = nullptr;
  if (address.sa_family == AF_INET)
    bytes = &reinterpret_cast<const sockaddr_in&>(address).sin_addr;
  else if (address.sa_family == AF_INET6)
    bytes = &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  if (bytes == nullptr || inet_ntop(address.sa_family, bytes, text.data(), text.size()) == nullptr)
    return {};
  return text.data();
}

/// Called for every address that libcurl is about to connect to, after it has looked up the name.
curl_socket_t open_public_socket(void* held, curlsocktype, curl_sockaddr* to) {
  const std::string text = text_of(to->addr);
  const auto address = parse_ip_address(text);
  if (!address || !is_public_address(*address)) {
    static_cast<attempt*>(held)->forbidden = address ? text : "one of an unknown kind";
    return CURL_SOCKET_BAD;
  }
  return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

std::size_t skip_body(char*, std::size_t, std::size_t count, void* held) {
  auto& each = *static_cast<attempt*>(held);
  each.answer_bytes += count;
  each.cut = each.answer_bytes > answer_bytes_max;
  return each.cut ? 0 : count;
}

/// Statuses that speak of the receiver as a whole, or of something in front of it, and not of one event.
[[nodiscard]] bool is_receivers_trouble(long status) noexcept {
  return status == 410 || status == 429 || (status >= 502 && status <= 504);
}

} // namespace

/// The transfers and what they share.
class webhook_publisher::sender {
 public:
  explicit sender(webhook_options options)
      : options_(std::move(options)), signer_(signer_of(options_.secret)) {
    ORDERD_ASSERT(options_.clock != nullptr && options_.in_flight_max >= 1);
    prepare_curl();
    multi_ = curl_multi_init();
    ORDERD_ASSERT(multi_ != nullptr);
    // Else libcurl closes some of them when few transfers are left.
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(options_.in_flight_max));
  }
  sender(const sender&) = delete;
  sender& operator=(const sender&) = delete;
  ~sender() {
    const broken_pipes_ignored guard;
    curl_multi_cleanup(multi_);
  }

  publish_report publish(std::span<const cloud_event> events);

  void interrupt() noexcept {
    interrupted_ = true;
    curl_multi_wakeup(multi_);
  }

 private:
  /// The events of one call.
  struct call {
    std::span<const cloud_event> events;
    publish_report report;
    std::size_t next = 0;     ///< the first that was not begun
    bool leave_alone = false; ///< none is begun any more
  };

  static webhook_signer signer_of(const std::string& secret) {
    auto signer = webhook_signer::make(secret);
    ORDERD_ASSERT(signer.has_value());
    return *std::move(signer);
  }

  void begin(call& now, std::size_t place);
  [[nodiscard]] bool set_up(attempt& each, const cloud_event& event) const;
  [[nodiscard]] bool add_headers(attempt& each, const cloud_event& event) const;
  void end_finished(call& now);
  static void end(call& now, const attempt& each, CURLcode outcome);
  static void read_answer(call& now, const attempt& each);
  static void give_up(call& now, std::string_view why);

  const webhook_options options_;
  const webhook_signer signer_;
  CURLM* multi_ = nullptr;
  std::atomic<bool> interrupted_{false};
  std::unordered_map<CURL*, std::unique_ptr<attempt>> active_; ///< empty between calls
};

publish_report webhook_publisher::sender::publish(std::span<const cloud_event> events) {
  const broken_pipes_ignored guard;
  call now{events, {}};
  now.report.taken.resize(events.size());
  while (!interrupted_) {
    while (!now.leave_alone && now.next < events.size() && active_.size() < options_.in_flight_max)
      begin(now, now.next++);
    if (active_.empty())
      return std::move(now.report);
    int running = 0;
    curl_multi_perform(multi_, &running);
    const std::size_t before = active_.size();
    end_finished(now);
    // Whatever has ended made room; whatever waits is begun before the thread rests.
    if (active_.size() == before)
      curl_multi_poll(multi_, nullptr, 0, idle_ms, nullptr);
  }
  for (auto& [handle, each] : active_)
    curl_multi_remove_handle(multi_, handle);
  active_.clear();
  if (std::find(now.report.taken.begin(), now.report.taken.end(), false) != now.report.taken.end())
    give_up(now, "the sending was interrupted");
  return std::move(now.report);
}

void webhook_publisher::sender::begin(call& now, std::size_t place) {
  auto each = std::make_unique<attempt>();
  each->place = place;
  each->handle.reset(curl_easy_init());
  if (!each->handle || !set_up(*each, now.events[place]) ||
      curl_multi_add_handle(multi_, each->handle.get()) != CURLM_OK)
    return give_up(now, "libcurl could not be set up");
  CURL* const handle = each->handle.get();
  active_.emplace(handle, std::move(each));
}

bool webhook_publisher::sender::add_headers(attempt& each, const cloud_event& event) const {
  const auto at = std::chrono::floor<std::chrono::seconds>(options_.clock->now());
  return add_header(each.headers, "Expect:") && add_header(each.headers, "User-Agent: orderd") &&
         add_header(each.headers, "Content-Type: application/cloudevents+json") &&
         add_header(each.headers, "webhook-id: " + event.id) &&
         add_header(each.headers, "webhook-timestamp: " + std::to_string(at.time_since_epoch().count())) &&
         add_header(each.headers, "webhook-signature: " + signer_.sign(event.id, at, each.body));
}

bool webhook_publisher::sender::set_up(attempt& each, const cloud_event& event) const {
  each.body = structured(event, options_.source);
  bool good = add_headers(each, event) && set_plain_http(each.handle.get());
  const auto set = [&](CURLoption option, auto value) {
    good = good && curl_easy_setopt(each.handle.get(), option, value) == CURLE_OK;
  };
  set(CURLOPT_URL, options_.url.c_str());
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(options_.timeout.count()));
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::min(options_.timeout, connect_timeout).count()));
  set(CURLOPT_HTTPHEADER, each.headers.get());
  set(CURLOPT_ERRORBUFFER, each.trouble.data());
  set(CURLOPT_WRITEFUNCTION, &skip_body);
  set(CURLOPT_WRITEDATA, &each);
  if (!options_.allow_private) {
    set(CURLOPT_OPENSOCKETFUNCTION, &open_public_socket);
    set(CURLOPT_OPENSOCKETDATA, &each);
  }
  set(CURLOPT_POST, 1L);
  set(CURLOPT_POSTFIELDSIZE, static_cast<long>(each.body.size()));
  set(CURLOPT_POSTFIELDS, each.body.c_str());
  return good;
}

void webhook_publisher::sender::end_finished(call& now) {
  int left = 0;
  while (const CURLMsg* const message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE)
      continue;
    CURL* const handle = message->easy_handle;
    const CURLcode outcome = message->data.result;
    curl_multi_remove_handle(multi_, handle);
    const auto found = active_.find(handle);
    ORDERD_ASSERT(found != active_.end());
    const auto each = std::move(found->second);
    active_.erase(found);
    end(now, *each, outcome);
  }
}

void webhook_publisher::sender::end(call& now, const attempt& each, CURLcode outcome) {
  // A body that was cut ends the transfer with an error of its own; the status came before it.
  if (outcome == CURLE_OK || each.cut)
    return read_answer(now, each);
  if (!each.forbidden.empty())
    return give_up(now, "the receiver's address " + each.forbidden + " is not one of the public internet");
  give_up(now, each.trouble.front() != '\0' ? each.trouble.data() : curl_easy_strerror(outcome));
}

void webhook_publisher::sender::read_answer(call& now, const attempt& each) {
  long status = 0;
  curl_off_t seconds = 0;
  curl_easy_getinfo(each.handle.get(), CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(each.handle.get(), CURLINFO_RETRY_AFTER, &seconds);
  if (status >= 200 && status < 300) {
    now.report.taken[each.place] = true;
    return;
  }
  const bool all = is_receivers_trouble(status);
  now.leave_alone = now.leave_alone || all;
  now.report.gone = now.report.gone || status == 410;
  if (seconds > 0)
    now.report.retry_after = std::max<std::chrono::milliseconds>(
        now.report.retry_after, std::chrono::seconds{std::min<curl_off_t>(seconds, retry_after_max.count())});
  if (now.report.trouble.empty())
    now.report.trouble = "status " + std::to_string(status) +
                         (status >= 300 && status < 400 ? ", a redirect, which is not followed" : "");
}

void webhook_publisher::sender::give_up(call& now, std::string_view why) {
  now.leave_alone = true;
  if (now.report.trouble.empty())
    now.report.trouble = tame(why);
}

webhook_publisher::webhook_publisher(webhook_options options)
    : sender_(std::make_unique<sender>(std::move(options))) {}

webhook_publisher::~webhook_publisher() = default;

publish_report webhook_publisher::publish(std::span<const cloud_event> events) {
  return sender_->publish(events);
}

void webhook_publisher::interrupt() noexcept { sender_->interrupt(); }

} // namespace orderd
