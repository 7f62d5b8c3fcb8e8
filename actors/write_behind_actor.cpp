#include "actors/write_behind_actor.hpp"

#include "actors/fail_stop.hpp"
#include "config/fault_point.hpp"
#include "config/log.hpp"
#include "config/thread_name.hpp"

#include <caf/behavior.hpp>

#include <algorithm>
#include <utility>

namespace orderd {

namespace {

/// What may be applied before a checkpoint, whichever comes first: it bounds the store's log and the journal
/// kept.
constexpr std::uint64_t checkpoint_events = 20'000;
constexpr std::uint64_t checkpoint_bytes = std::uint64_t{16} << 20U;
constexpr std::chrono::milliseconds checkpoint_quiet{1'000};
/// How long the positions of sinks may gather: so much is published again after a crash.
constexpr std::chrono::milliseconds positions_gather{200};
/// Between two looks for events that have become too old, after a drop that cannot succeed by itself, and
/// between two drops at least.
constexpr std::chrono::milliseconds retention_pause{60'000};
constexpr std::chrono::milliseconds damage_pause{3'600'000};
constexpr std::chrono::milliseconds retention_gap{20};
/// The store is left to others for so many times as long as a drop took.
constexpr int retention_gap_factor = 4;
/// Events that are dropped between two checkpoints: what they write is in the store's log until then.
constexpr std::uint64_t checkpoint_dropped = 5'000;
constexpr std::chrono::milliseconds retry_min{50};
constexpr std::chrono::milliseconds retry_max{1'000};

} // namespace

void write_behind_state::advanced(caf::actor journal) {
  journal_ = std::move(journal);
  // While the store fails, the next try is due already.
  if (!retry_->is_waiting())
    schedule(somebody_waits() ? std::chrono::milliseconds{0} : setup.batch_latency);
}

void write_behind_state::awaited(caf::actor waiters) {
  waiters_ = std::move(waiters);
  if (!retry_->is_waiting())
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
  return setup.counters->store_awaited.load(std::memory_order_acquire) || finishing_.has_value();
}

void write_behind_state::tell_waiters() {
  if (waiters_ && setup.counters->store_awaited.load(std::memory_order_acquire))
    self->send(waiters_, look_atom::value);
}

void write_behind_state::tell_relays() {
  for (const auto& each : relays_)
    if (!each.figures->told.exchange(true, std::memory_order_acq_rel))
      self->send(each.relay, look_atom::value);
}

void write_behind_state::sink_has_moved(sink_moved& moved) {
  retention_->moved(moved.position);
  const auto same = [&](const sink_position& each) { return each.sink == moved.position.sink; };
  const auto known = std::find_if(unsaved_.begin(), unsaved_.end(), same);
  if (known == unsaved_.end())
    unsaved_.push_back(std::move(moved.position));
  else
    *known = std::move(moved.position);
  if (!std::exchange(save_sent_, true))
    self->delayed_send(self, positions_gather, position_atom::value);
}

void write_behind_state::save_positions() {
  save_sent_ = false;
  if (unsaved_.empty())
    return;
  // While batches fail, another question would only hold up the next try.
  const auto saved = retry_->is_waiting() ? fail(error_code::store_failed, "")
                                          : setup.feed->store().save_positions(unsaved_);
  if (saved) {
    retention_->saved(unsaved_);
    return unsaved_.clear();
  }
  // Whether the store is away is for batches to say: this one waits.
  if (is_final(saved.error().code))
    fail_stop("the positions of sinks cannot be stored", saved.error().detail);
  save_sent_ = true;
  self->delayed_send(self, retry_max, position_atom::value);
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
  tell_waiters();
  tell_relays();
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
    save_positions();
    checkpoint();
    finishing_->deliver(finish_atom::value);
    finishing_.reset();
  } else {
    checkpoint_later();
  }
}

void write_behind_state::checkpoint_later() {
  const auto applied = setup.counters->applied_seq.load(std::memory_order_relaxed);
  if (checkpoint_sent_ || (applied == checkpointed_seq_ && dropped_since_ == 0))
    return;
  checkpoint_sent_ = true;
  self->delayed_send(self, checkpoint_quiet, ckpoint_atom::value);
}

void write_behind_state::retain_later(std::chrono::milliseconds pause) {
  if (retention_->is_on())
    self->delayed_send(self, pause, retain_atom::value);
}

void write_behind_state::retain() {
  if (finishing_)
    return;
  // What fills batches comes first; what comes in between two of them waits for a short transaction.
  if (setup.feed->has_more() || retry_->is_waiting())
    return retain_later(checkpoint_quiet);
  const auto began = std::chrono::steady_clock::now();
  const auto step = retention_->step(setup.feed->store(), checkpointed_seq_);
  if (!step)
    return retain_later(pause_after_trouble(step.error()));
  const auto took =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
  dropped_since_ += step->dropped;
  if (dropped_since_ >= checkpoint_dropped || (!step->more && dropped_since_ > 0))
    checkpoint();
  retain_later(step->more ? std::max(retention_gap, retention_gap_factor * took) : retention_pause);
}

std::chrono::milliseconds write_behind_state::pause_after_trouble(const error& why) {
  if (is_in_events(why.code))
    return damage_pause; // The retention has said so.
  if (is_final(why.code))
    fail_stop("old events cannot be dropped", why.detail);
  log::warn("old events could not be dropped; it will be tried again", {{"detail", why.detail}});
  return retention_pause;
}

bool write_behind_state::apply_batch() {
  auto& counters = *setup.counters;
  const auto began = trace_now();
  const auto applied = setup.feed->advance(counters.durable_seq.load(std::memory_order_acquire));
  counters.applied_seq.store(setup.feed->applied_seq(), std::memory_order_release);
  counters.set_aside(setup.feed->store().aside());
  if (!applied) {
    note_trouble(applied.error());
    return false;
  }
  if (setup.traces != nullptr)
    setup.traces->applied(setup.feed->applied_seq(), *applied, began);
  if (*applied == 0 && !retry_->is_waiting())
    return true; // Nothing was asked of the store.
  if (retry_->is_waiting())
    log::info("the store is back", {{"backlog_events", counters.durable_seq - counters.applied_seq}});
  counters.set_store_error({});
  return true;
}

void write_behind_state::note_trouble(const error& why) {
  if (is_final(why.code))
    fail_stop("write-behind cannot go on", why.detail);
  if (!setup.counters->store_away.load(std::memory_order_relaxed))
    log::warn("the store is away; it will be tried again", {{"detail", why.detail}});
  setup.counters->set_store_error(why.detail);
}

void write_behind_state::give_up_for_now() {
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
    note_trouble(durable.error());
    return checkpoint_later();
  }
  // While batches fail, this says nothing of them.
  if (!retry_->is_waiting())
    setup.counters->set_store_error({});
  checkpointed_seq_ = *durable;
  dropped_since_ = 0;
  checkpoint_later();
  pass_fault_point("checkpoint.done");
  if (journal_)
    self->send(journal_, release_atom::value, *durable);
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
  auto& measures = state.setup.counters->measures;
  state.setup.feed->measure_in(measures.transaction_seconds, measures.transaction_events);
  state.retention_.emplace(state.setup.retention);
  state.retain_later(checkpoint_quiet);
  state.retry_.emplace(retry_min, retry_max, state.setup.jitter_seed);
  return {
      [&state](advanced_atom, caf::actor& journal) { state.advanced(std::move(journal)); },
      [&state](awaited_atom, caf::actor& waiters) { state.awaited(std::move(waiters)); },
      [&state](drain_atom, std::uint64_t number) { state.drain(number); },
      [&state](ckpoint_atom) {
        state.checkpoint_sent_ = false;
        state.checkpoint();
      },
      [&state](relay_waits& waits) { state.relays_.push_back(std::move(waits)); },
      [&state](sink_moved& moved) { state.sink_has_moved(moved); },
      [&state](position_atom) { state.save_positions(); },
      [&state](retain_atom) { state.retain(); },
      [&state](finish_atom) { return state.finish(); },
  };
}

} // namespace orderd
