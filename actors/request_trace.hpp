/// What is recorded of one request on its way through the engine.
#pragma once

#include "config/tracer.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace orderd {

/// A span that others can be children of. Goes by value into messages; without a tracer nothing is recorded.
/// The tracer outlives every actor.
struct trace_parent {
  tracer* to = nullptr;
  trace_context context;

  [[nodiscard]] explicit operator bool() const noexcept { return to != nullptr; }
  /// A child that has begun now.
  [[nodiscard]] trace_context child() const { return {context.trace, fresh_span_id(), context.sampled}; }
};

/// Records a child of `parent`, which is one, from `began` until now.
void record_child(const trace_parent& parent, std::string name, trace_time began,
                  std::vector<span_attribute> attributes = {}, bool failed = false);

/// A traced request. It has three spans: the edge's, from its arrival to its answer; below it the entity's,
/// from the engine's taking it to the entity's decision; below that the journal's, until the decision is on
/// disk. The edge knows its own part; the rest belongs to whoever has the reply token, and goes from thread
/// to thread with it.
class request_trace {
 public:
  /// `caller`: the span that the request came from; all zero for none. Begins now.
  request_trace(tracer& to, trace_context edge, span_id caller)
      : to_(&to), edge_(edge), caller_(caller), began_(trace_now()) {}

  /// The edge's span. Any thread.
  [[nodiscard]] const trace_context& edge() const noexcept { return edge_; }
  /// The edge has an answer: ends its span. Once, from any thread.
  void answered(std::string name, std::vector<span_attribute> attributes, bool failed) const;

  /// The engine takes the request to an entity: `kind` (a literal) says of what.
  void submitted(std::string_view kind);
  /// The entity has it before it.
  void taken() noexcept;
  /// The entity has decided; what comes later is waiting for others. The first call counts.
  void decided();
  /// The decision is on disk, in event `seq` or behind it, with a group of so many entries.
  void journaled(std::uint64_t seq, std::size_t entries);

  /// What happens for the entity is below this. Nothing before it was submitted.
  [[nodiscard]] trace_parent entity() const noexcept;

 private:
  tracer* to_;
  trace_context edge_;
  span_id caller_;
  trace_time began_;
  std::string_view kind_;
  span_id entity_{};
  trace_time submitted_ = 0;
  trace_time taken_ = 0;
  trace_time decided_ = 0;
};

/// Whose events are on disk and not in the store yet. Between the journal and write-behind, and bounded: a
/// trace that finds no room is not told of the store.
class stored_traces {
 public:
  /// The journal: in the order of their sequences.
  void await(std::uint64_t seq, const trace_parent& parent);
  /// Write-behind: the store has come to `applied_seq` by one transaction of `events`, begun then.
  void applied(std::uint64_t applied_seq, std::size_t events, trace_time began);

 private:
  static constexpr std::size_t waiting_max = 4096;

  std::atomic<std::size_t> count_{0}; ///< of those that wait: mostly none
  std::mutex mutex_;
  std::deque<std::pair<std::uint64_t, trace_parent>> waiting_; ///< under `mutex_`
};

} // namespace orderd
