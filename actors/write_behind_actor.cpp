#include "actors/write_behind_actor.hpp"

#include "actors/fail_stop.hpp"
#include "actors/journal_batch.hpp"
#include "config/log.hpp"
#include "config/thread_name.hpp"

#include <caf/behavior.hpp>

#include <algorithm>

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
  if (retry_delay_.count() == 0)
    schedule(waiting_.empty() ? setup.batch_latency : std::chrono::milliseconds{0});
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

void write_behind_state::drain(std::uint64_t number) {
  if (drain_due_ != number)
    return;
  drain_due_.reset();
  // An exchange, not a store: whoever finds it still set has made durable what is read below.
  static_cast<void>(setup.counters->write_behind_told.exchange(false, std::memory_order_acq_rel));
  read_batch();
  if (!batch_.events.empty() && !apply_batch()) {
    serve_waiting();
    retry_delay_ = std::clamp(retry_delay_ * 2, retry_min, retry_max);
    schedule(retry_delay_);
    return;
  }
  retry_delay_ = std::chrono::milliseconds{0};
  serve_waiting();
  const auto applied = setup.counters->applied_seq.load(std::memory_order_relaxed);
  const bool journal_is_short = !setup.counters->accepts_writes.load(std::memory_order_relaxed);
  if (applied - checkpointed_seq_ >= checkpoint_events || bytes_since_checkpoint_ >= checkpoint_bytes ||
      (journal_is_short && applied != checkpointed_seq_))
    checkpoint();
  if (behind()) {
    // Events gather while nobody waits: fewer, larger transactions.
    schedule(waiting_.empty() && !finishing_ ? setup.batch_latency : std::chrono::milliseconds{0});
  } else if (finishing_) {
    checkpoint();
    finishing_->deliver(finish_atom::value);
    finishing_.reset();
  } else if (applied != checkpointed_seq_ && !checkpoint_sent_) {
    checkpoint_sent_ = true;
    self->delayed_send(self, checkpoint_quiet, ckpoint_atom::value);
  }
}

void write_behind_state::read_batch() {
  if (!batch_.events.empty())
    return;
  const auto until = setup.counters->durable_seq.load(std::memory_order_acquire);
  auto read = orderd::read_batch(*setup.journal, until, setup.batch_events_max, setup.open_obligations);
  if (!read)
    fail_stop("the journal could not be read back", read.error().detail);
  batch_ = std::move(read->batch);
  bytes_since_checkpoint_ += read->event_bytes;
}

bool write_behind_state::apply_batch() {
  if (const auto applied = setup.store->apply(batch_); !applied) {
    setup.counters->set_store_error(applied.error().detail);
    log::warn("the store refused a batch; it will be tried again", {{"detail", applied.error().detail}});
    return false;
  }
  setup.counters->set_store_error({});
  setup.counters->applied_seq.store(batch_.last_seq, std::memory_order_release);
  batch_.events.clear();
  return true;
}

void write_behind_state::checkpoint() {
  bytes_since_checkpoint_ = 0;
  const auto durable = setup.store->checkpoint();
  if (!durable) {
    log::warn("the store could not be checkpointed", {{"detail", durable.error().detail}});
    return;
  }
  checkpointed_seq_ = *durable;
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
  serve_waiting();
  if (!waiting_.empty() && retry_delay_.count() == 0)
    schedule(std::chrono::milliseconds{0});
}

void write_behind_state::serve_waiting() {
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
  state.checkpointed_seq_ = state.setup.store->applied_seq();
  return {
      [&state](advanced_atom, caf::actor& journal) { state.advanced(std::move(journal)); },
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
