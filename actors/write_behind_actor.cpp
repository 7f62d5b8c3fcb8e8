#include "actors/write_behind_actor.hpp"

#include "actors/fail_stop.hpp"
#include "config/fault_point.hpp"
#include "config/log.hpp"
#include "config/thread_name.hpp"

#include <caf/behavior.hpp>

namespace orderd {

namespace {

/// What may be applied before a checkpoint, whichever comes first: it bounds the store's log and the journal
/// kept.
constexpr std::uint64_t checkpoint_events = 20'000;
constexpr std::uint64_t checkpoint_bytes = std::uint64_t{16} << 20U;
constexpr std::chrono::milliseconds checkpoint_quiet{1'000};
constexpr std::chrono::milliseconds retry_min{50};
/// Also the most by which a waiting list is answered late: it is looked at when the store is tried.
constexpr std::chrono::milliseconds retry_max{1'000};

} // namespace

void write_behind_state::advanced(caf::actor journal) {
  journal_ = std::move(journal);
  // While the store fails, the next try is due already.
  if (!retry_->is_waiting())
    schedule(somebody_waits() ? std::chrono::milliseconds{0} : setup.batch_latency);
}

void write_behind_state::await(await_store& later) {
  const auto deadline = self->clock().now() + setup.store_wait;
  for (auto& answer : later.answers)
    answers_.push_back({deadline, std::move(answer)});
  give_answers();
  if (!answers_.empty() && !retry_->is_waiting())
    schedule(std::chrono::milliseconds{0});
}

void write_behind_state::schedule(std::chrono::milliseconds delay) {
  // One drain is due at a time: an earlier one takes the place of a later one, which is ignored when it
  // comes.
  if (drain_due_ && drain_delay_ <= delay)
    return;
  drain_due_ = ++last_drain_;
  drain_delay_ = delay;
  if (delay.count() == 0)
    self->send(self, drain_atom::value, last_drain_);
  else
    self->delayed_send(self, delay, drain_atom::value, last_drain_);
}

bool write_behind_state::behind() const {
  return setup.counters->applied_seq.load(std::memory_order_relaxed) <
         setup.counters->durable_seq.load(std::memory_order_acquire);
}

bool write_behind_state::somebody_waits() const {
  return !waiting_.empty() || !answers_.empty() || finishing_.has_value();
}

void write_behind_state::drain(std::uint64_t number) {
  if (drain_due_ != number)
    return;
  drain_due_.reset();
  // An exchange, not a store: whoever finds it still set has made durable what is read below.
  static_cast<void>(setup.counters->write_behind_told.exchange(false, std::memory_order_acq_rel));
  if (!apply_batch())
    return give_up_for_now();
  retry_->reset();
  give_answers();
  serve_lists();
  pass_fault_point("batch.published");
  const auto applied = setup.counters->applied_seq.load(std::memory_order_relaxed);
  const bool journal_is_short = !setup.counters->accepts_writes.load(std::memory_order_relaxed);
  if (applied - checkpointed_seq_ >= checkpoint_events ||
      setup.feed->applied_bytes() - checkpointed_bytes_ >= checkpoint_bytes ||
      (journal_is_short && applied != checkpointed_seq_))
    checkpoint();
  if (behind()) {
    // Events gather while nobody waits: fewer, larger transactions.
    schedule(somebody_waits() || setup.feed->has_more() ? std::chrono::milliseconds{0} : setup.batch_latency);
  } else if (finishing_) {
    checkpoint();
    finishing_->deliver(finish_atom::value);
    finishing_.reset();
  } else if (applied != checkpointed_seq_ && !checkpoint_sent_) {
    checkpoint_sent_ = true;
    self->delayed_send(self, checkpoint_quiet, ckpoint_atom::value);
  }
}

bool write_behind_state::apply_batch() {
  auto& counters = *setup.counters;
  const auto applied = setup.feed->advance(counters.durable_seq.load(std::memory_order_acquire));
  counters.applied_seq.store(setup.feed->applied_seq(), std::memory_order_release);
  counters.set_aside(setup.feed->store().aside());
  if (!applied && is_final(applied.error().code))
    fail_stop("write-behind cannot go on", applied.error().detail);
  if (!applied) {
    if (!retry_->is_waiting())
      log::warn("the store is away; it will be tried again", {{"detail", applied.error().detail}});
    counters.set_store_error(applied.error().detail);
    return false;
  }
  if (retry_->is_waiting())
    log::info("the store is back", {{"backlog_events", counters.durable_seq - counters.applied_seq}});
  counters.set_store_error({});
  return true;
}

void write_behind_state::give_up_for_now() {
  give_answers();
  serve_lists();
  schedule(retry_->next());
  if (finishing_) {
    log::warn("the store is away at the end; the journal keeps the rest", {});
    finishing_->deliver(finish_atom::value);
    finishing_.reset();
  }
}

void write_behind_state::checkpoint() {
  checkpointed_bytes_ = setup.feed->applied_bytes();
  const auto durable = setup.feed->store().checkpoint();
  if (!durable) {
    log::warn("the store could not be checkpointed", {{"detail", durable.error().detail}});
    return;
  }
  checkpointed_seq_ = *durable;
  pass_fault_point("checkpoint.done");
  if (journal_)
    self->send(journal_, release_atom::value, *durable);
}

void write_behind_state::list(list_request& request) {
  const auto required = setup.counters->durable_seq.load(std::memory_order_acquire);
  if (waiting_.size() >= setup.lists_waiting_max) {
    request.reply.answer(rejection{
        rejection_code::overloaded, "too many lists are waiting for the store to catch up", {}, {}, {}});
    return;
  }
  waiting_.push_back({required, self->clock().now() + setup.list_wait, std::move(request)});
  serve_lists();
  if (!waiting_.empty() && !retry_->is_waiting())
    schedule(std::chrono::milliseconds{0});
}

void write_behind_state::serve_lists() {
  const auto applied = setup.counters->applied_seq.load(std::memory_order_relaxed);
  const auto now = self->clock().now();
  while (!waiting_.empty()) {
    auto& first = waiting_.front();
    if (first.required_seq <= applied)
      self->send(setup.readers[next_reader_++ % setup.readers.size()], std::move(first.request));
    else if (first.deadline <= now)
      first.request.reply.answer(
          rejection{rejection_code::store_unavailable,
                    "the store has not caught up with what was acknowledged; try again",
                    {},
                    {},
                    {}});
    else
      break;
    waiting_.pop_front();
  }
}

void write_behind_state::give_answers() {
  const auto applied = setup.counters->applied_seq.load(std::memory_order_relaxed);
  const auto now = self->clock().now();
  for (; !answers_.empty(); answers_.pop_front()) {
    auto& first = answers_.front();
    if (first.what.seq <= applied)
      first.what.reply.answer(std::move(first.what.answer));
    else if (first.deadline <= now)
      first.what.reply.answer(rejection{
          rejection_code::store_unavailable,
          "the change is kept in the journal, but the store has not confirmed it in time; it will follow",
          {},
          {},
          {}});
    else
      break;
  }
}

caf::result<finish_atom> write_behind_state::finish() {
  finishing_ = self->make_response_promise();
  schedule(std::chrono::milliseconds{0});
  return *finishing_;
}

caf::behavior write_behind_actor(caf::stateful_actor<write_behind_state>* self, write_behind_setup setup) {
  fail_stop_on_exception(self, "the write-behind actor failed");
  name_this_thread("write-behind");
  auto& state = self->state;
  state.setup = std::move(setup);
  state.checkpointed_seq_ = state.setup.feed->applied_seq();
  state.retry_.emplace(retry_min, retry_max, state.setup.jitter_seed);
  return {
      [&state](advanced_atom, caf::actor& journal) { state.advanced(std::move(journal)); },
      [&state](await_store& later) { state.await(later); },
      [&state](drain_atom, std::uint64_t number) { state.drain(number); },
      [&state](ckpoint_atom) {
        state.checkpoint_sent_ = false;
        state.checkpoint();
      },
      [&state](list_request& request) { state.list(request); },
      [&state](finish_atom) { return state.finish(); },
  };
}

} // namespace orderd
