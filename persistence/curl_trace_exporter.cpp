#include "persistence/curl_trace_exporter.hpp"

#include "config/backoff.hpp"
#include "config/log.hpp"
#include "config/thread_name.hpp"
#include "domain/assert.hpp"
#include "persistence/curl_exchange.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <random>

namespace orderd {
namespace {

using std::chrono::milliseconds;

constexpr std::array retried_statuses{429L, 502L, 503L, 504L};
constexpr milliseconds retry_after_max{30'000};

/// What is answered says nothing that is needed.
std::size_t ignore_body(char*, std::size_t, std::size_t count, void*) { return count; }

} // namespace

/// The connection to the collector, kept from batch to batch.
class curl_trace_exporter::connection {
 public:
  explicit connection(const trace_export_options& options, const std::atomic<bool>& ending)
      : options_(options), ending_(ending), handle_(curl_easy_init()) {
    good_ = handle_ != nullptr && set_plain_http(handle_.get()) && add_header(headers_, "Expect:") &&
            add_header(headers_, "Content-Type: application/x-protobuf") &&
            add_header(headers_, "User-Agent: orderd");
    for (const auto& each : options.headers)
      good_ = good_ && add_header(headers_, each);
    set(CURLOPT_URL, options.url.c_str());
    set(CURLOPT_HTTPHEADER, headers_.get());
    set(CURLOPT_POST, 1L);
    set(CURLOPT_WRITEFUNCTION, &ignore_body);
    set(CURLOPT_ERRORBUFFER, trouble_.data());
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, &go_on);
    set(CURLOPT_XFERINFODATA, this);
  }

  /// What is wrong, in words; empty if the collector has the body. `again`: it may take it later.
  [[nodiscard]] std::string post(const std::string& body, bool& again, milliseconds& pause) {
    again = false;
    trouble_.fill('\0');
    began_ = std::chrono::steady_clock::now();
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(options_.try_timeout.count()));
    set(CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
    set(CURLOPT_POSTFIELDS, body.data());
    if (!good_)
      return "libcurl could not be set up";
    const auto outcome = curl_easy_perform(handle_.get());
    if (outcome != CURLE_OK) {
      again = true;
      return trouble_[0] != '\0' ? trouble_.data() : curl_easy_strerror(outcome);
    }
    long status = 0;
    curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
    if (status / 100 == 2)
      return {};
    again = std::find(retried_statuses.begin(), retried_statuses.end(), status) != retried_statuses.end();
    curl_off_t seconds = 0;
    curl_easy_getinfo(handle_.get(), CURLINFO_RETRY_AFTER, &seconds);
    pause = std::min(std::max(pause, milliseconds{seconds * 1000}), retry_after_max);
    return "it answered " + std::to_string(status);
  }

 private:
  template <class Value> void set(CURLoption option, Value value) {
    good_ = good_ && curl_easy_setopt(handle_.get(), option, value) == CURLE_OK;
  }

  /// Asked by libcurl every second at least. Nothing but 0 goes on.
  static int go_on(void* held, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    const auto& self = *static_cast<connection*>(held);
    const auto spent = std::chrono::steady_clock::now() - self.began_;
    return self.ending_.load(std::memory_order_relaxed) && spent > self.options_.end_patience ? 1 : 0;
  }

  const trace_export_options& options_;
  const std::atomic<bool>& ending_;
  curl_handle handle_;
  curl_headers headers_;
  bool good_ = false;
  std::chrono::steady_clock::time_point began_;
  std::array<char, CURL_ERROR_SIZE> trouble_{};
};

curl_trace_exporter::curl_trace_exporter(tracer& from, trace_export_options options)
    : from_(from), options_(std::move(options)) {
  prepare_curl();
  thread_ = std::thread([this] { run(); });
}

curl_trace_exporter::~curl_trace_exporter() {
  {
    const std::lock_guard lock{mutex_};
    ending_ = true;
    ended_.notify_one();
  }
  from_.end();
  thread_.join();
}

void curl_trace_exporter::run() {
  name_this_thread("traces");
  // A TLS connection that the collector has closed would raise it.
  sigset_t broken_pipe;
  sigemptyset(&broken_pipe);
  sigaddset(&broken_pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
  connection to(options_, ending_);
  while (!ending_.load(std::memory_order_acquire)) {
    const auto batch = from_.take(options_.batch_spans_max, options_.batch_latency);
    if (!batch.empty())
      send(to, batch);
  }
  const auto give_up = std::chrono::steady_clock::now() + options_.end_patience;
  for (;;) {
    const auto batch = from_.take(options_.batch_spans_max, milliseconds{0});
    if (batch.empty())
      return;
    if (std::chrono::steady_clock::now() < give_up && !is_away_)
      send(to, batch);
    else
      from_.count_dropped(batch.size());
  }
}

void curl_trace_exporter::send(connection& to, const std::vector<span>& batch) {
  const auto body = encode_traces(options_.resource, batch);
  backoff pauses{options_.pause_min, options_.pause_max, std::random_device{}()};
  for (std::size_t tries = 1;; ++tries) {
    bool again = false;
    auto pause = pauses.next();
    const auto trouble = to.post(body, again, pause);
    note(trouble);
    if (trouble.empty())
      return from_.count_exported(batch.size());
    if (!again || tries >= options_.tries_max || !rest(pause))
      return from_.count_dropped(batch.size());
  }
}

bool curl_trace_exporter::rest(milliseconds pause) {
  std::unique_lock lock{mutex_};
  return !ended_.wait_for(lock, pause, [this] { return ending_.load(std::memory_order_relaxed); });
}

void curl_trace_exporter::note(const std::string& trouble) {
  const bool is_away = !trouble.empty();
  if (is_away && !is_away_)
    log::warn("traces cannot be sent; they are tried again and then dropped", {{"detail", trouble}});
  else if (!is_away && is_away_)
    log::info("traces are sent again");
  is_away_ = is_away;
}

} // namespace orderd
