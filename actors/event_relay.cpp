#include "actors/event_relay.hpp"

#include "actors/fail_stop.hpp"
#include "config/fault_point.hpp"
#include "config/log.hpp"
#include "config/thread_name.hpp"
#include "domain/assert.hpp"

#include <caf/behavior.hpp>

#include <algorithm>
#include <iterator>
#include <unordered_set>
#include <utility>

namespace orderd {

namespace {

/// Events of the history that are read at once.
constexpr std::size_t page_events_max = 500;
constexpr std::chrono::milliseconds store_pause{500};
/// How often a sink that has everything is looked after, so that one that has gone is seen.
constexpr std::chrono::milliseconds idle_look{5'000};
/// Of a relay that is behind, between two pages.
constexpr std::chrono::milliseconds pace_max{1'000};

} // namespace

void relay_state::look() {
  setup_.figures->told.store(false, std::memory_order_release);
  if (!pause_ || idle_)
    work();
}

void relay_state::pause_over(const relay_pause_over& over) {
  if (pause_ != over.number)
    return;
  pause_.reset();
  // Nothing has been sent for a while: whether anything could be is asked now.
  if (idle_)
    ready_ = false;
  work();
}

void relay_state::work() {
  if (disabled_ || finishing_)
    return note_oldest();
  if (!ready_ && !get_ready()) {
    note_oldest();
    return pause(retry_->next());
  }
  if (is_overdue()) {
    // It is read again from where it begins to count.
    pending_.clear();
    page_end_ = position_;
  }
  const auto began = std::chrono::steady_clock::now();
  const auto before = page_end_;
  page_events_ = 0;
  if (pending_.empty() && !read_page())
    return pause(store_pause);
  if (!send_pending()) {
    if (!disabled_)
      pause(std::max(retry_->next(), std::exchange(asked_pause_, {})));
    return;
  }
  setup_.figures->set_trouble({});
  bounded_ = false;
  if (page_end_ >= setup_.counters->applied_seq.load(std::memory_order_acquire))
    return rest();
  // A store that shows nothing new, though there is, has fallen back, and will say so.
  pause(page_end_ == before && page_events_ == 0 && !resent_ ? store_pause : pace(began));
  resent_ = false;
}

bool relay_state::get_ready() {
  auto trouble = setup_.to->prepare();
  ready_ = trouble.empty();
  if (!ready_ && !retry_->is_waiting())
    log::warn("a sink cannot be reached yet; events wait",
              {{"sink", setup_.start.sink}, {"detail", trouble}});
  if (ready_)
    retry_->reset();
  else
    bounded_ = true; // What gathers until it can be reached is bounded when it is.
  setup_.figures->set_trouble(std::move(trouble));
  return ready_;
}

bool relay_state::read_page() {
  const auto read = take_page();
  if (!read && !std::exchange(unreadable_, true))
    log::warn("events could not be read for a sink",
              {{"sink", setup_.start.sink}, {"detail", read.error().detail}});
  if (!read)
    setup_.figures->set_trouble("the store could not be read");
  else
    unreadable_ = false;
  return read.has_value();
}

void relay_state::note_oldest() {
  const auto applied = setup_.counters->applied_seq.load(std::memory_order_acquire);
  if (setup_.figures->oldest_ms.load(std::memory_order_relaxed) != 0 || position_ >= applied)
    return;
  const auto oldest = setup_.reader->events_after(position_, 1);
  if (oldest && !oldest->events.empty())
    set_oldest(time_of(oldest->events.front().event));
}

void relay_state::set_oldest(timestamp at) {
  setup_.figures->oldest_ms.store(at.time_since_epoch().count(), std::memory_order_relaxed);
}

bool relay_state::is_bounded() const {
  // What waits because this relay is slow is not given up, nor what was asked for.
  return (bounded_ || retry_->is_waiting()) && page_end_ >= asked_for_to_;
}

bool relay_state::is_overdue() const {
  const auto waiting = setup_.counters->applied_seq.load(std::memory_order_acquire) - position_;
  return !pending_.empty() && is_bounded() &&
         (waiting > setup_.bounds.waiting_max ||
          pending_.front().time < setup_.clock->now() - setup_.bounds.age_max);
}

/// A page is sent at once, and followed by a pause of a second at most.
std::size_t relay_state::page_max() const {
  return static_cast<std::size_t>(std::min<std::uint64_t>(page_events_max, setup_.bounds.rate_max));
}

result<void> relay_state::take_page() {
  const auto applied = setup_.counters->applied_seq.load(std::memory_order_acquire);
  if (page_end_ >= applied)
    return {};
  // Wherever it was set to begin: what is gone is passed over.
  skip_to(setup_.counters->dropped_to.load(std::memory_order_relaxed), "they are no longer kept");
  if (is_bounded() && applied - page_end_ > setup_.bounds.waiting_max)
    skip_to(applied - setup_.bounds.waiting_max, "more wait than may");
  auto page = setup_.reader->events_after(page_end_, page_max());
  const auto limit = setup_.clock->now() - setup_.bounds.age_max;
  if (page && is_bounded() && !page->events.empty() && time_of(page->events.front().event) < limit) {
    const auto first = setup_.reader->first_event_since(limit);
    if (!first)
      return tl::unexpected{first.error()};
    skip_to(*first ? **first - 1 : applied, "they are older than they may be");
    page = setup_.reader->events_after(page_end_, page_max());
  }
  if (!page)
    return tl::unexpected{page.error()};
  std::vector<cloud_event> told;
  for (const auto& each : page->events) {
    auto rendered = renderer_->render(each);
    if (!rendered)
      return tl::unexpected{rendered.error()};
    std::move(rendered->begin(), rendered->end(), std::back_inserter(told));
  }
  pending_ = std::move(told);
  page_events_ = page->events.size();
  page_end_ = std::max(page_end_, page->last_seq);
  if (!page->events.empty())
    page_newest_ = time_of(page->events.back().event);
  return {};
}

void relay_state::skip_to(std::uint64_t seq, std::string_view why) {
  if (seq <= page_end_)
    return;
  log::error("events are passed over, and will not be published",
             {{"sink", setup_.start.sink}, {"from_seq", page_end_ + 1}, {"to_seq", seq}, {"reason", why}});
  setup_.figures->skipped.fetch_add(seq - page_end_, std::memory_order_relaxed);
  page_end_ = seq;
  move_to(seq);
}

std::vector<std::size_t> relay_state::next_round() const {
  std::unordered_set<std::string_view> keys;
  std::vector<std::size_t> round;
  for (std::size_t i = 0; i < pending_.size(); ++i)
    if (keys.insert(pending_[i].key).second)
      round.push_back(i);
  return round;
}

bool relay_state::send_pending() {
  while (!pending_.empty() && !finishing_) {
    set_oldest(pending_.front().time);
    const auto indices = next_round();
    std::vector<cloud_event> round;
    round.reserve(indices.size());
    for (const auto index : indices)
      round.push_back(std::move(pending_[index]));
    const auto report = setup_.to->publish(round);
    ORDERD_ASSERT(report.taken.size() == round.size());
    pass_fault_point("event.published");
    std::vector<cloud_event> left;
    std::size_t in_round = 0;
    std::uint64_t taken = 0;
    for (std::size_t i = 0; i < pending_.size(); ++i) {
      const bool sent = in_round < indices.size() && indices[in_round] == i;
      if (sent && report.taken[in_round])
        ++taken;
      else
        left.push_back(std::move(sent ? round[in_round] : pending_[i]));
      in_round += sent ? 1U : 0U;
    }
    pending_ = std::move(left);
    setup_.figures->published.fetch_add(taken, std::memory_order_relaxed);
    if (taken > 0)
      failing_since_.reset();
    move_to(pending_.empty() ? page_end_ : pending_.front().position.seq - 1);
    if (taken < round.size()) {
      setup_.figures->failed.fetch_add(round.size() - taken, std::memory_order_relaxed);
      note_failure(report);
      return false;
    }
    if (retry_->is_waiting())
      log::info("a sink takes events again", {{"sink", setup_.start.sink}});
    retry_->reset();
    setup_.figures->set_trouble({});
  }
  if (pending_.empty()) {
    // What comes next is not read yet, and not much younger.
    if (page_end_ < setup_.counters->applied_seq.load(std::memory_order_acquire))
      set_oldest(page_newest_);
    else
      setup_.figures->oldest_ms.store(0, std::memory_order_relaxed);
    move_to(page_end_);
  }
  return true;
}

void relay_state::note_failure(const publish_report& report) {
  const auto now = setup_.clock->now();
  if (!retry_->is_waiting())
    log::warn("a sink does not take events; they wait",
              {{"sink", setup_.start.sink}, {"detail", report.trouble}});
  setup_.figures->set_trouble(report.trouble);
  asked_pause_ = report.retry_after;
  resent_ = true;
  if (!failing_since_)
    failing_since_ = now;
  if (report.gone)
    return disable("the receiver wants no more: " + report.trouble);
  const auto patience = setup_.bounds.disable_after;
  if (patience.count() > 0 && now - *failing_since_ >= patience)
    disable("nothing was taken for " + std::to_string(patience.count()) + " s: " + report.trouble);
}

void relay_state::disable(std::string why) {
  log::error("a sink is left alone until an operator has it tried again",
             {{"sink", setup_.start.sink}, {"reason", why}});
  disabled_ = true;
  setup_.figures->disabled = true;
  setup_.figures->set_trouble(why);
  self_->send(setup_.write_behind, sink_moved{{setup_.start.sink, position_, true, std::move(why)}});
}

void relay_state::move_to(std::uint64_t seq) {
  if (seq == position_)
    return;
  position_ = seq;
  setup_.figures->position.store(seq, std::memory_order_release);
  self_->send(setup_.write_behind, sink_moved{{setup_.start.sink, seq, false, {}}});
}

void relay_state::replay(const replay_sink& from) {
  log::info("a sink is tried again",
            {{"sink", setup_.start.sink}, {"from_seq", from.from.value_or(position_)}});
  bounded_ = !from.from;
  if (from.from) {
    asked_for_to_ = setup_.counters->applied_seq.load(std::memory_order_acquire);
    pending_.clear();
    page_end_ = std::min(*from.from, asked_for_to_);
    move_to(page_end_);
  }
  disabled_ = false;
  failing_since_.reset();
  retry_->reset();
  setup_.figures->disabled = false;
  setup_.figures->set_trouble({});
  self_->send(setup_.write_behind, sink_moved{{setup_.start.sink, position_, false, {}}});
  pause_.reset();
  work();
}

void relay_state::rest() {
  pause(idle_look);
  idle_ = true;
}

void relay_state::pause(std::chrono::milliseconds longest) {
  idle_ = false;
  pause_ = ++last_pause_;
  self_->delayed_send(self_, longest, relay_pause_over{last_pause_});
}

std::chrono::milliseconds relay_state::pace(std::chrono::steady_clock::time_point began) const {
  const auto due = std::chrono::milliseconds{page_events_ * 1'000 / setup_.bounds.rate_max};
  const auto taken =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
  return std::clamp(due - taken, std::chrono::milliseconds{0}, pace_max);
}

caf::result<finish_atom> relay_state::finish() {
  finishing_ = true;
  return finish_atom::value;
}

caf::behavior event_relay(caf::stateful_actor<relay_state>* self, relay_setup setup) {
  fail_stop_on_exception(self, "a relay of events failed");
  name_this_thread(("events-" + setup.start.sink).c_str());
  auto& state = self->state;
  state.setup_ = std::move(setup);
  state.renderer_.emplace(*state.setup_.reader);
  state.retry_.emplace(state.setup_.bounds.pause_min, state.setup_.bounds.pause_max,
                       state.setup_.jitter_seed);
  state.position_ = state.page_end_ = state.setup_.start.seq;
  state.disabled_ = state.setup_.start.disabled;
  state.setup_.figures->position = state.position_;
  state.setup_.figures->disabled = state.disabled_;
  state.setup_.figures->set_trouble(state.setup_.start.reason);
  self->send(state.setup_.write_behind, relay_waits{caf::actor_cast<caf::actor>(self), state.setup_.figures});
  self->send(self, look_atom::value);
  return {
      [&state](look_atom) { state.look(); },
      [&state](const relay_pause_over& over) { state.pause_over(over); },
      [&state](const replay_sink& from) { state.replay(from); },
      [&state](finish_atom) { return state.finish(); },
  };
}

} // namespace orderd
