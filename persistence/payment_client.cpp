#include "persistence/payment_client.hpp"

#include "config/thread_name.hpp"
#include "domain/assert.hpp"
#include "persistence/curl_exchange.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>

namespace orderd {

namespace {

using steady_clock = std::chrono::steady_clock;

constexpr std::size_t answer_bytes_max = std::size_t{16} * 1024;
/// Only a guard: a new exchange wakes the thread, and libcurl knows its own deadlines.
constexpr int idle_ms = 60'000;

/// One exchange, from its submission to its callback. libcurl holds pointers into it.
struct exchange {
  payment_request request;
  steady_clock::time_point deadline;
  payment_client::callback done;
  payment_reply reply;
  bool sent = false;      ///< sending has begun, on whichever connection
  bool too_large = false; ///< the answer is
  std::array<char, CURL_ERROR_SIZE> trouble{};
  curl_headers headers;
  curl_handle handle;
};

/// Called before a request is sent, also when libcurl sends it for a second time.
int note_sending(void* held, char*, char*, int, int) {
  static_cast<exchange*>(held)->sent = true;
  return CURL_PREREQFUNC_OK;
}

std::size_t take_body(char* bytes, std::size_t, std::size_t count, void* held) {
  auto& each = *static_cast<exchange*>(held);
  each.too_large = each.reply.body.size() + count > answer_bytes_max;
  if (each.too_large)
    return 0;
  each.reply.body.append(bytes, count);
  return count;
}

[[nodiscard]] bool add_headers(exchange& each, const std::string& token) {
  return add_header(each.headers, "Expect:") && add_header(each.headers, "Accept: application/json") &&
         add_header(each.headers, "User-Agent: orderd") &&
         (!each.request.post || add_header(each.headers, "Content-Type: application/json")) &&
         (each.request.traceparent.empty() ||
          add_header(each.headers, "traceparent: " + each.request.traceparent)) &&
         (each.request.key.empty() || add_header(each.headers, "Idempotency-Key: " + each.request.key)) &&
         (token.empty() || add_header(each.headers, "Authorization: Bearer " + token));
}

} // namespace

/// The thread and what it shares with those who submit.
class payment_client::loop {
 public:
  explicit loop(payment_client_options options) : options_(std::move(options)) {
    prepare_curl();
    while (options_.url.ends_with('/'))
      options_.url.pop_back();
    multi_ = curl_multi_init();
    ORDERD_ASSERT(multi_ != nullptr);
    thread_ = std::thread([this] { run(); });
  }
  loop(const loop&) = delete;
  loop& operator=(const loop&) = delete;
  ~loop() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    curl_multi_wakeup(multi_);
    thread_.join();
    curl_multi_cleanup(multi_);
  }

  bool submit(std::unique_ptr<exchange> each) {
    {
      const std::lock_guard lock(mutex_);
      if (queue_.size() >= options_.queued_max)
        return false;
      queue_.push_back(std::move(each));
    }
    curl_multi_wakeup(multi_);
    return true;
  }

 private:
  void run();
  /// Begins what there is room for. False if the client ends.
  bool begin_queued();
  void begin(std::unique_ptr<exchange> each);
  [[nodiscard]] bool set_up(exchange& each, std::chrono::milliseconds timeout) const;
  void end_finished();
  void end(std::unique_ptr<exchange> each, CURLcode outcome);
  /// Calls back for what surely, or possibly, was not done.
  static void give_up(exchange& each, std::string why);

  payment_client_options options_;
  CURLM* multi_ = nullptr;
  std::mutex mutex_;
  std::deque<std::unique_ptr<exchange>> queue_;
  bool ending_ = false;
  // The thread's own.
  std::unordered_map<CURL*, std::unique_ptr<exchange>> active_;
  std::thread thread_;
};

void payment_client::loop::run() {
  name_this_thread("payments");
  // A TLS connection that the service has closed would raise it.
  sigset_t broken_pipe;
  sigemptyset(&broken_pipe);
  sigaddset(&broken_pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
  while (begin_queued()) {
    int running = 0;
    curl_multi_perform(multi_, &running);
    const std::size_t before = active_.size();
    end_finished();
    // Whatever has ended made room; whatever waits is begun before the thread rests.
    if (active_.size() == before)
      curl_multi_poll(multi_, nullptr, 0, idle_ms, nullptr);
  }
  for (auto& [handle, each] : active_) {
    curl_multi_remove_handle(multi_, handle);
    give_up(*each, "the program ends");
  }
  active_.clear();
  for (auto& each : queue_)
    give_up(*each, "the program ends");
  queue_.clear();
}

bool payment_client::loop::begin_queued() {
  while (true) {
    std::unique_ptr<exchange> next;
    {
      const std::lock_guard lock(mutex_);
      if (ending_)
        return false;
      if (queue_.empty() || active_.size() >= options_.in_flight_max)
        return true;
      next = std::move(queue_.front());
      queue_.pop_front();
    }
    begin(std::move(next));
  }
}

void payment_client::loop::begin(std::unique_ptr<exchange> each) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(each->deadline - steady_clock::now());
  if (left.count() <= 0)
    return give_up(*each, "it waited too long for its turn");
  each->handle.reset(curl_easy_init());
  if (!each->handle || !set_up(*each, left) || curl_multi_add_handle(multi_, each->handle.get()) != CURLM_OK)
    return give_up(*each, "libcurl could not be set up");
  CURL* const handle = each->handle.get();
  active_.emplace(handle, std::move(each));
}

bool payment_client::loop::set_up(exchange& each, std::chrono::milliseconds timeout) const {
  bool good = add_headers(each, options_.token) && set_plain_http(each.handle.get());
  const auto set = [&](CURLoption option, auto value) {
    good = good && curl_easy_setopt(each.handle.get(), option, value) == CURLE_OK;
  };
  const std::string url = options_.url + each.request.path;
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::min(timeout, options_.connect_timeout).count()));
  set(CURLOPT_HTTPHEADER, each.headers.get());
  set(CURLOPT_ERRORBUFFER, each.trouble.data());
  set(CURLOPT_WRITEFUNCTION, &take_body);
  set(CURLOPT_WRITEDATA, &each);
  set(CURLOPT_PREREQFUNCTION, &note_sending);
  set(CURLOPT_PREREQDATA, &each);
  if (each.request.post) {
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDSIZE, static_cast<long>(each.request.body.size()));
    set(CURLOPT_POSTFIELDS, each.request.body.c_str());
  } else {
    set(CURLOPT_HTTPGET, 1L);
  }
  return good;
}

void payment_client::loop::end_finished() {
  int left = 0;
  while (const CURLMsg* const message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE)
      continue;
    CURL* const handle = message->easy_handle;
    const CURLcode outcome = message->data.result;
    curl_multi_remove_handle(multi_, handle);
    const auto found = active_.find(handle);
    ORDERD_ASSERT(found != active_.end());
    auto each = std::move(found->second);
    active_.erase(found);
    end(std::move(each), outcome);
  }
}

void payment_client::loop::end(std::unique_ptr<exchange> each, CURLcode outcome) {
  if (each->too_large)
    return give_up(*each, "the answer has more than " + std::to_string(answer_bytes_max) + " bytes");
  if (outcome != CURLE_OK)
    return give_up(*each, each->trouble.front() != '\0' ? std::string(each->trouble.data())
                                                        : std::string(curl_easy_strerror(outcome)));
  long status = 0;
  curl_off_t retry_after = 0;
  curl_easy_getinfo(each->handle.get(), CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(each->handle.get(), CURLINFO_RETRY_AFTER, &retry_after);
  each->reply.fate = payment_fate::answered;
  each->reply.status = static_cast<int>(status);
  if (retry_after > 0)
    each->reply.retry_after = std::chrono::seconds{retry_after};
  each->done(std::move(each->reply));
}

void payment_client::loop::give_up(exchange& each, std::string why) {
  // Where sending has not begun, also not on a kept connection that turned out to be dead, nothing was done.
  each.done({each.sent ? payment_fate::no_answer : payment_fate::not_sent, 0, {}, {}, std::move(why)});
}

payment_client::payment_client(payment_client_options options)
    : loop_(std::make_unique<loop>(std::move(options))) {}

payment_client::~payment_client() = default;

bool payment_client::submit(payment_request request, std::chrono::milliseconds timeout, callback done) {
  auto each = std::make_unique<exchange>();
  each->request = std::move(request);
  each->deadline = steady_clock::now() + timeout;
  each->done = std::move(done);
  return loop_->submit(std::move(each));
}

} // namespace orderd
