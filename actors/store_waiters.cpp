#include "actors/store_waiters.hpp"

#include "actors/fail_stop.hpp"

#include <caf/behavior.hpp>

#include <algorithm>

namespace orderd {

namespace {

[[nodiscard]] rejection unavailable(std::string detail) {
  return {rejection_code::store_unavailable, std::move(detail), {}, {}, {}};
}

} // namespace

void store_waiters_state::await(await_store& later) {
  const auto until = self->clock().now() + setup.store_wait;
  for (auto& answer : later.answers)
    answers_.push_back({until, std::move(answer)});
  look();
}

void store_waiters_state::list(list_request& request) {
  if (lists_.size() >= setup.lists_waiting_max) {
    request.reply.answer(
        rejection{rejection_code::overloaded, "too many lists are waiting for the store", {}, {}, {}});
    return;
  }
  const auto required = setup.counters->durable_seq.load(std::memory_order_acquire);
  lists_.push_back({required, self->clock().now() + setup.list_wait, std::move(request)});
  look();
}

void store_waiters_state::look() {
  const auto applied = setup.counters->applied_seq.load(std::memory_order_acquire);
  give_answers(applied);
  serve_lists(applied);
  tell_write_behind(applied);
  schedule();
}

void store_waiters_state::look_at_deadline(std::uint64_t number) {
  if (number != last_look_)
    return;
  look_due_.reset();
  look();
}

void store_waiters_state::give_answers(std::uint64_t applied) {
  const auto now = self->clock().now();
  for (; !answers_.empty(); answers_.pop_front()) {
    auto& first = answers_.front();
    if (first.what.seq <= applied)
      first.what.reply.answer(std::move(first.what.answer));
    else if (first.until <= now && !first.what.is_change) {
      first.what.reply.answer(
          unavailable("the store has not caught up with what was acknowledged; try again"));
    } else if (first.until <= now) {
      setup.counters->set_unconfirmed(first.what.seq);
      first.what.reply.answer(unavailable(
          "the change is kept in the journal, but the store has not confirmed it in time; it will follow"));
    } else
      break;
  }
}

void store_waiters_state::serve_lists(std::uint64_t applied) {
  const auto now = self->clock().now();
  bool desk_awaited = false;
  for (; !lists_.empty(); lists_.pop_front()) {
    auto& first = lists_.front();
    const bool is_shown = first.required_seq <= applied;
    auto* const desk = is_shown ? free_desk() : nullptr;
    if (desk != nullptr) {
      desk->busy->store(true);
      self->send(desk->reader,
                 reading{std::move(first.request), desk->busy, caf::actor_cast<caf::actor>(self)});
    } else if (first.until <= now) {
      first.request.reply.answer(
          unavailable(is_shown ? "all readers of the store are busy; try again"
                               : "the store has not caught up with what was acknowledged; try again"));
    } else {
      desk_awaited = is_shown;
      break;
    }
  }
  setup.counters->reader_awaited.store(desk_awaited);
}

store_waiters_state::desk* store_waiters_state::free_desk() {
  if (auto* const desk = find_free_desk(); desk != nullptr)
    return desk;
  // A reader that becomes free either sees this or is seen to be free.
  setup.counters->reader_awaited.store(true);
  return find_free_desk();
}

store_waiters_state::desk* store_waiters_state::find_free_desk() {
  for (std::size_t tried = 0; tried < desks_.size(); ++tried) {
    auto& desk = desks_[next_desk_++ % desks_.size()];
    if (!desk.busy->load())
      return &desk;
  }
  return nullptr;
}

void store_waiters_state::tell_write_behind(std::uint64_t applied) {
  const bool awaited = !answers_.empty() || (!lists_.empty() && lists_.back().required_seq > applied);
  // Once told it looks at the flag after each batch. One that was over before that sees it in the next.
  if (setup.counters->store_awaited.exchange(awaited, std::memory_order_acq_rel) != awaited && awaited)
    self->send(setup.write_behind, awaited_atom::value, caf::actor_cast<caf::actor>(self));
}

void store_waiters_state::schedule() {
  if (lists_.empty() && answers_.empty())
    return;
  auto due = deadline::max();
  if (!lists_.empty())
    due = lists_.front().until;
  if (!answers_.empty())
    due = std::min(due, answers_.front().until);
  // One look is due at a time: an earlier one takes the place of a later one, which is ignored when it comes.
  if (look_due_ && *look_due_ <= due)
    return;
  look_due_ = due;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(due - self->clock().now());
  self->delayed_send(self, std::max(left, std::chrono::milliseconds{0}), look_atom::value, ++last_look_);
}

caf::behavior store_waiters(caf::stateful_actor<store_waiters_state>* self, store_waiters_setup setup) {
  fail_stop_on_exception(self, "the actor of those who wait for the store failed");
  auto& state = self->state;
  for (const auto& reader : setup.readers)
    state.desks_.push_back({reader, std::make_shared<std::atomic<bool>>(false)});
  state.setup = std::move(setup);
  return {
      [&state](await_store& later) { state.await(later); },
      [&state](list_request& request) { state.list(request); },
      [&state](look_atom) { state.look(); },
      [&state](look_atom, std::uint64_t number) { state.look_at_deadline(number); },
  };
}

} // namespace orderd
