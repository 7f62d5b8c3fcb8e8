/// Which requests are traced, and what has been seen of them until it is sent away.
#pragma once

#include "config/token_bucket.hpp"
#include "config/trace_context.hpp"
#include "config/trace_sampler.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace orderd {

/// The numbers are those of OTLP's `Span.SpanKind`.
enum class span_kind : std::uint8_t { internal = 1, server = 2, client = 3 };

/// A key is a literal; a text is cut at 256 bytes when it is sent.
struct span_attribute {
  std::string_view key;
  std::variant<std::string, std::int64_t, bool> value;
};

/// Nanoseconds since 1970-01-01 UTC.
using trace_time = std::int64_t;
[[nodiscard]] trace_time trace_now() noexcept;

/// A span that is over.
struct span {
  trace_context context; ///< its own
  span_id parent{};      ///< all zero: nobody's child
  span_kind kind = span_kind::internal;
  std::string name;
  trace_time began = 0;
  trace_time ended = 0;
  bool failed = false;
  std::vector<span_attribute> attributes = {};
};

struct trace_options {
  trace_sampler sampler = trace_sampler::parent_always_on;
  double ratio = 1; ///< of the traces that begin here
  /// Of all that would be recorded: a storm of requests must not become a storm of spans. Whoever comes
  /// beyond is not recorded, and what it asks of others says so.
  std::size_t traces_per_second_max = 100;
  std::size_t spans_waiting_max = 8192; ///< one more is dropped, and counted
};

/// What became of the spans since the start.
struct trace_figures {
  std::uint64_t exported = 0;
  std::uint64_t dropped = 0; ///< for want of room, or because nobody took them
};

/// Any thread, but for what the exporter asks. Outlives everybody who has a span.
class tracer {
 public:
  explicit tracer(trace_options options) noexcept
      : options_(options), passes_(options.traces_per_second_max) {}

  /// The span of a request that came with `parent`, or with none: a child of it, or the first of a new trace.
  /// Nothing if it is not to be recorded.
  [[nodiscard]] std::optional<trace_context> begin(const std::optional<trace_context>& parent);

  /// Takes a span that is over; one of a trace that is not sampled is let go. Never waits for whoever sends
  /// them away.
  void finish(span&& over) noexcept;

  // ---- the exporter ----

  /// At most `count` spans, once so many wait or `longest` has passed; earlier, and perhaps none, once it is
  /// told to end.
  [[nodiscard]] std::vector<span> take(std::size_t count, std::chrono::milliseconds longest);
  /// From now on `take` does not wait.
  void end();
  void count_exported(std::size_t spans) noexcept { exported_.fetch_add(spans, std::memory_order_relaxed); }
  void count_dropped(std::size_t spans) noexcept { dropped_.fetch_add(spans, std::memory_order_relaxed); }

  [[nodiscard]] trace_figures figures() const noexcept {
    return {exported_.load(std::memory_order_relaxed), dropped_.load(std::memory_order_relaxed)};
  }

 private:
  [[nodiscard]] bool wants(const std::optional<trace_context>& parent, const trace_id& trace) const noexcept;

  trace_options options_;
  token_bucket passes_;
  std::atomic<std::uint64_t> exported_{0};
  std::atomic<std::uint64_t> dropped_{0};
  std::mutex mutex_;
  std::condition_variable waiting_are_many_;
  std::vector<span> waiting_; ///< under `mutex_`, as what follows
  std::size_t wanted_ = 0;    ///< so many wake the exporter; 0 while it does not wait
  bool ending_ = false;
};

} // namespace orderd
