/// Sends spans to a collector over HTTP, behind everybody's back.
#pragma once

#include "config/tracer.hpp"
#include "persistence/otlp_traces.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace orderd {

struct trace_export_options {
  std::string url;                  ///< where traces are POSTed to, e.g. `http://127.0.0.1:4318/v1/traces`
  std::vector<std::string> headers; ///< more of them, as `Name: value`. Never logged
  trace_resource resource;
  std::size_t batch_spans_max = 512;
  std::chrono::milliseconds batch_latency{1'000}; ///< how long spans may gather
  std::chrono::milliseconds try_timeout{5'000};
  std::size_t tries_max = 5; ///< of a batch; then it is dropped, and counted
  std::chrono::milliseconds pause_min{250};
  std::chrono::milliseconds pause_max{5'000};
  std::chrono::milliseconds end_patience{2'000}; ///< for what waits when the process ends
};

/// One thread. What it cannot send in time it drops: the tracer's bound is what may wait. A batch is tried
/// again only after an answer that says so (429, 502, 503, 504, as OTLP/HTTP has it) or none.
class curl_trace_exporter {
 public:
  /// `from` must outlive the exporter.
  curl_trace_exporter(tracer& from, trace_export_options options);
  curl_trace_exporter(const curl_trace_exporter&) = delete;
  curl_trace_exporter& operator=(const curl_trace_exporter&) = delete;
  /// Sends what waits, within `end_patience`.
  ~curl_trace_exporter();

 private:
  class connection;
  void run();
  void send(connection& to, const std::vector<span>& batch);
  /// True if another try is due. False once the process ends.
  [[nodiscard]] bool rest(std::chrono::milliseconds pause);
  void note(const std::string& trouble);

  tracer& from_;
  trace_export_options options_;
  bool is_away_ = false; ///< the thread's own, as is known of the collector
  std::mutex mutex_;
  std::condition_variable ended_;
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

} // namespace orderd
