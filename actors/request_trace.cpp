#include "actors/request_trace.hpp"

#include <algorithm>

namespace orderd {
namespace {

[[nodiscard]] std::int64_t microseconds(trace_time from, trace_time to) noexcept {
  constexpr trace_time nanoseconds_a_microsecond = 1000;
  return std::max<trace_time>(to - from, 0) / nanoseconds_a_microsecond;
}

} // namespace

void record_child(const trace_parent& parent, std::string name, trace_time began,
                  std::vector<span_attribute> attributes, bool failed) {
  parent.to->finish({parent.child(), parent.context.span, span_kind::internal, std::move(name), began,
                     trace_now(), failed, std::move(attributes)});
}

void request_trace::answered(std::string name, std::vector<span_attribute> attributes, bool failed) const {
  to_->finish({edge_, caller_, span_kind::server, std::move(name), began_, trace_now(), failed,
               std::move(attributes)});
}

void request_trace::submitted(std::string_view kind) {
  kind_ = kind;
  entity_ = fresh_span_id();
  submitted_ = trace_now();
}

void request_trace::taken() noexcept {
  if (taken_ == 0)
    taken_ = trace_now();
}

void request_trace::decided() {
  if (kind_.empty() || decided_ != 0)
    return;
  decided_ = trace_now();
  std::vector<span_attribute> attributes;
  if (taken_ != 0)
    attributes.push_back({"orderd.mailbox_wait_us", microseconds(submitted_, taken_)});
  to_->finish({{edge_.trace, entity_, edge_.sampled},
               edge_.span,
               span_kind::internal,
               std::string(kind_),
               submitted_,
               decided_,
               false,
               std::move(attributes)});
}

void request_trace::journaled(std::uint64_t seq, std::size_t entries) {
  if (decided_ != 0)
    record_child(entity(), "journal wait", decided_,
                 {{"orderd.seq", static_cast<std::int64_t>(seq)},
                  {"orderd.group_entries", static_cast<std::int64_t>(entries)}});
}

trace_parent request_trace::entity() const noexcept {
  return kind_.empty() ? trace_parent{} : trace_parent{to_, {edge_.trace, entity_, edge_.sampled}};
}

void stored_traces::await(std::uint64_t seq, const trace_parent& parent) {
  const std::lock_guard lock{mutex_};
  if (waiting_.size() >= waiting_max)
    return parent.to->count_dropped(1);
  waiting_.emplace_back(seq, parent);
  count_.store(waiting_.size(), std::memory_order_release);
}

void stored_traces::applied(std::uint64_t applied_seq, std::size_t events, trace_time began) {
  if (count_.load(std::memory_order_acquire) == 0)
    return;
  const std::lock_guard lock{mutex_};
  while (!waiting_.empty() && waiting_.front().first <= applied_seq) {
    record_child(waiting_.front().second, "store batch", began,
                 {{"orderd.events", static_cast<std::int64_t>(events)},
                  {"orderd.applied_seq", static_cast<std::int64_t>(applied_seq)}});
    waiting_.pop_front();
  }
  count_.store(waiting_.size(), std::memory_order_release);
}

} // namespace orderd
