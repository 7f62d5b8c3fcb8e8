#include "actors/journal_actor.hpp"

#include "actors/fail_stop.hpp"
#include "config/fault_point.hpp"
#include "config/log.hpp"
#include "config/thread_name.hpp"
#include "persistence/event_codec.hpp"

#include <caf/behavior.hpp>

namespace orderd {

namespace {

/// A group is synced when it reaches this size even if more is waiting in the mailbox.
constexpr std::size_t group_bytes_max = std::size_t{1} << 20U;
constexpr std::chrono::milliseconds recheck_interval{250};

} // namespace

void journal_state::append(journal_append& item) {
  pending next{std::move(item.mark), item.count, 0, 0, std::move(item.reply), std::move(item.answer)};
  if (item.what) {
    const journal_entry entry{std::move(*item.what), std::move(item.request)};
    auto& buffer = setup.writer->begin_frame(static_cast<std::uint16_t>(tag_of(entry)));
    encode_entry(buffer, entry);
    next.seq = setup.writer->end_frame();
  }
  next.shown_seq = setup.writer->last_seq();
  if (next.shown_seq == setup.writer->synced_seq()) {
    // All that the reply could show is on disk already.
    await_store later;
    answer(next, later);
    if (!later.answers.empty())
      self->send(setup.store_waiters, std::move(later));
    return;
  }
  const bool waited_for = static_cast<bool>(next.reply);
  pending_.push_back(std::move(next));
  if (setup.writer->buffered_bytes() >= group_bytes_max && !retry_sent_)
    flush();
  else
    schedule(waited_for);
}

void journal_state::schedule(bool waited_for) {
  // The mailbox is FIFO: the flush comes behind all that is queued now, and that is the group.
  if (retry_sent_)
    return;
  if (waited_for && !flush_sent_) {
    flush_sent_ = true;
    self->send(self, flush_atom::value);
  } else if (!waited_for && !flush_sent_ && !quiet_flush_sent_) {
    // An order's stock events come just before the order itself, which brings the sync. Waiting for it here
    // would cost a lone order two syncs.
    quiet_flush_sent_ = true;
    self->delayed_send(self, setup.quiet_sync, quiet_atom::value);
  }
}

void journal_state::flush_quietly() {
  quiet_flush_sent_ = false;
  if (!flush_sent_)
    flush();
}

void journal_state::flush() {
  flush_sent_ = false;
  if (pending_.empty())
    return;
  const auto began = std::chrono::steady_clock::now();
  const auto synced_before = setup.writer->synced_seq();
  const auto synced = setup.writer->sync();
  if (!synced && synced.error().code != error_code::no_space)
    fail_stop("the journal could not be synced", synced.error().detail);
  pass_fault_point("journal.synced");
  judge_room();
  if (!synced) {
    // Nothing is lost and nothing is answered: the group stays and is tried again.
    if (!retry_sent_)
      self->delayed_send(self, recheck_interval, retry_atom::value);
    retry_sent_ = true;
    return;
  }
  note_sync(began, setup.writer->synced_seq() - synced_before);
  let_go();
}

void journal_state::note_sync(std::chrono::steady_clock::time_point began, std::uint64_t events) {
  // A group of mere questions has nothing to sync.
  if (events == 0)
    return;
  auto& measures = setup.counters->measures;
  const auto ended = std::chrono::steady_clock::now();
  measures.sync_seconds.observe(std::chrono::duration<double>(ended - began).count());
  measures.sync_events.observe(static_cast<double>(events));
  measures.lag.synced(setup.writer->synced_seq(), setup.counters->applied_seq.load(std::memory_order_acquire),
                      ended);
}

void journal_state::let_go() {
  auto& counters = *setup.counters;
  // Before write-behind can know of the events: else it might have stored them already.
  for (const auto& item : pending_)
    if (item.reply.trace() != nullptr)
      trace(item);
  counters.durable_seq.store(setup.writer->synced_seq(), std::memory_order_release);
  counters.journal_syncs.store(setup.writer->counters().syncs, std::memory_order_relaxed);
  await_store later;
  for (auto& item : pending_) {
    if (item.mark && item.seq != 0) {
      item.mark->last_seq.store(item.seq, std::memory_order_relaxed);
      item.mark->synced_count.store(item.count, std::memory_order_release);
    }
    answer(item, later);
  }
  pending_.clear();
  pass_fault_point("journal.answered");
  if (!later.answers.empty())
    self->send(setup.store_waiters, std::move(later));
  if (!counters.write_behind_told.exchange(true, std::memory_order_acq_rel))
    self->send(setup.write_behind, advanced_atom::value, caf::actor_cast<caf::actor>(self));
}

void journal_state::answer(pending& item, await_store& later) {
  const bool stored = item.shown_seq <= setup.counters->applied_seq.load(std::memory_order_acquire);
  if (item.reply && item.reply.durability() == durability_mode::store && !stored)
    later.answers.push_back({item.shown_seq, std::move(item.reply), std::move(item.answer), item.seq != 0});
  else
    item.reply.answer(std::move(item.answer));
}

void journal_state::trace(const pending& item) const {
  item.reply.trace()->journaled(item.shown_seq, pending_.size());
  const auto parent = item.reply.traced_by();
  if (item.seq != 0 && parent && parent.context.sampled && setup.traces != nullptr)
    setup.traces->await(item.seq, parent);
}

void journal_state::judge_room() {
  auto& counters = *setup.counters;
  const auto backlog = setup.writer->backlog_bytes();
  counters.backlog_bytes.store(backlog, std::memory_order_relaxed);
  counters.headroom_bytes.store(setup.writer->headroom_bytes(), std::memory_order_relaxed);
  const bool room =
      setup.writer->headroom_bytes() >= setup.headroom_bytes_min && backlog <= setup.backlog_bytes_max;
  if (room != counters.accepts_writes.exchange(room, std::memory_order_relaxed))
    log::warn(room ? "the journal has room again" : "the journal is short of room: new writes are refused",
              {{"headroom_bytes", setup.writer->headroom_bytes()}, {"backlog_bytes", backlog}});
  if (!room && !recheck_sent_) {
    recheck_sent_ = true;
    self->delayed_send(self, recheck_interval, recheck_atom::value);
  }
}

void journal_state::release(std::uint64_t applied_seq) {
  if (const auto released = setup.writer->release_applied(applied_seq); !released)
    log::warn("an applied journal segment could not be deleted", {{"detail", released.error().detail}});
  judge_room();
}

caf::behavior journal_actor(caf::stateful_actor<journal_state>* self, journal_setup setup) {
  fail_stop_on_exception(self, "the journal actor failed");
  name_this_thread("journal");
  auto& state = self->state;
  state.setup = std::move(setup);
  state.judge_room();
  return {
      [&state](journal_append& item) { state.append(item); },
      [&state](flush_atom) { state.flush(); },
      [&state](quiet_atom) { state.flush_quietly(); },
      [&state](retry_atom) {
        state.retry_sent_ = false;
        state.flush();
      },
      [&state](recheck_atom) {
        state.recheck_sent_ = false;
        state.judge_room();
      },
      [&state](release_atom, std::uint64_t applied_seq) { state.release(applied_seq); },
      [&state](finish_atom) {
        state.flush();
        return finish_atom::value;
      },
  };
}

} // namespace orderd
