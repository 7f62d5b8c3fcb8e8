#include "actors/event_feed.hpp"

#include "actors/fail_stop.hpp"
#include "config/log.hpp"
#include "config/thread_name.hpp"

#include <caf/behavior.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace orderd {

namespace {

constexpr std::size_t page_events_max = 200;
constexpr std::chrono::milliseconds store_pause{500};
constexpr std::chrono::milliseconds pace_max{1'000};
/// How long a client may leave so much unread, in beats.
constexpr unsigned full_beats_max = 2;

} // namespace

// ---- those who are up to date ----

void feed_state::look() {
  figures_->told.store(false, std::memory_order_release);
  if (!reading_)
    read_on();
}

bool feed_state::has_live() const {
  return std::any_of(clients_.begin(), clients_.end(), [](const auto& each) { return each.second.live; });
}

void feed_state::read_on() {
  reading_ = false;
  const auto applied = setup_.counters->applied_seq.load(std::memory_order_acquire);
  if (!has_live()) {
    // Nobody listens: what is stored meanwhile is nobody's to be told live.
    tail_ = std::max(tail_, applied);
    return;
  }
  if (tail_ >= applied)
    return;
  const auto next = read(*live_renderer_, tail_);
  if (!next) {
    log::warn("events could not be read for streams", {{"detail", next.error().detail}});
  } else {
    for (const auto& event : next->events)
      tell_live(event);
  }
  // Page by page, so that whoever joins, leaves or drains is not kept waiting. A store that shows nothing
  // new, though there is, has fallen back, and will say so.
  const bool goes_on = next && next->last_seq > tail_;
  if (goes_on)
    tail_ = next->last_seq;
  reading_ = true;
  if (goes_on)
    self_->send(self_, read_on_atom::value);
  else
    self_->delayed_send(self_, store_pause, read_on_atom::value);
}

void feed_state::tell_live(const cloud_event& event) {
  std::shared_ptr<const std::string> text;
  for (auto each = clients_.begin(); each != clients_.end();) {
    auto& one = each->second;
    if (!one.live || (one.after && event.position <= *one.after) || !one.filter.lets_through(event)) {
      ++each;
      continue;
    }
    if (!text)
      text = text_of(event);
    const auto unread = one.listener->pending_bytes();
    if (unread > 0 && unread + text->size() > setup_.client_bytes_max) {
      fall_behind(one, event.position);
      ++each;
    } else {
      each = one.listener->give(text) ? std::next(each) : drop(each);
    }
  }
}

void feed_state::fall_behind(client& one, const event_position& before) {
  one.live = false;
  one.full = true;
  one.full_beats = 0;
  one.read_to = before.seq - 1;
  // Of the same event it may have been told a part, and of all before it everything.
  one.after = before.index > 0 ? event_position{before.seq, before.index - 1}
                               : event_position{before.seq - 1, event_position::index_max};
}

// ---- those who catch up ----

void feed_state::join(feed_client& joining) {
  const auto applied = setup_.counters->applied_seq.load(std::memory_order_acquire);
  if (!has_live())
    tail_ = std::max(tail_, applied);
  client one;
  one.filter = std::move(joining.filter);
  one.listener = std::move(joining.listener);
  one.live = !joining.after;
  one.read_to = tail_;
  if (joining.after) {
    // The event that it was told of last may tell of more than that.
    one.read_to = std::min(joining.after->seq == 0 ? 0 : joining.after->seq - 1, applied);
    one.after = joining.after;
  }
  const bool is_live = one.live;
  const auto added = clients_.emplace(joining.id, std::move(one)).first;
  if (!tell_position(added->second)) {
    drop(added);
    return;
  }
  if (!is_live)
    schedule_catch_up({});
  if (!std::exchange(beating_, true))
    self_->delayed_send(self_, setup_.beat, beat_atom::value);
}

bool feed_state::tell_position(const client& one) const {
  // An id without data is no event, and yet what a client resumes with that was told of none since.
  const event_position told{one.live ? tail_ : one.read_to, event_position::index_max};
  const auto at = std::max(told, one.after.value_or(told));
  return one.listener->give(std::make_shared<const std::string>("id: " + to_text(at) + "\n: here\n\n"));
}

void feed_state::schedule_catch_up(std::chrono::milliseconds pause) {
  if (!std::exchange(catching_up_, true))
    self_->delayed_send(self_, pause, catchup_atom::value);
}

void feed_state::catch_up() {
  catching_up_ = false;
  // One page of one client at a time, in turn, so that nobody else is kept waiting.
  const auto behind = [](const auto& each) { return !each.second.live && !each.second.full; };
  auto next = std::find_if(clients_.upper_bound(last_caught_up_), clients_.end(), behind);
  if (next == clients_.end())
    next = std::find_if(clients_.begin(), clients_.end(), behind);
  if (next == clients_.end())
    return;
  last_caught_up_ = next->first;
  const auto before = next->second.read_to;
  const auto done = catch_up(next->second);
  if (!done) {
    log::warn("events could not be read for streams", {{"detail", done.error().detail}});
    return schedule_catch_up(store_pause);
  }
  const auto told = next->second.read_to - before;
  if (!next->second.listener)
    drop(next);
  schedule_catch_up(std::min(pace_max, std::chrono::milliseconds{told * 1'000 / setup_.rate_max}));
}

result<void> feed_state::catch_up(client& one) {
  if (one.read_to >= tail_) {
    // From here on it hears what all hear. Nothing is read between this and the next page for all.
    one.live = true;
    self_->send(self_, look_atom::value);
    return {};
  }
  if (!pass_dropped(one)) {
    one.listener.reset();
    return {};
  }
  const auto next = read(*earlier_renderer_, one.read_to);
  if (!next)
    return tl::unexpected{next.error()};
  for (const auto& event : next->events) {
    // Beyond the tail they are told with all others.
    if (event.position.seq > tail_ || (one.after && event.position <= *one.after) ||
        !one.filter.lets_through(event))
      continue;
    if (!one.listener->give(text_of(event))) {
      one.listener.reset();
      return {};
    }
    one.full = one.listener->pending_bytes() > setup_.client_bytes_max / 2;
    if (one.full) {
      // It goes on behind this event when there is room.
      one.read_to = event.position.seq - 1;
      one.after = event.position;
      one.full_beats = 0;
      return {};
    }
  }
  one.read_to = std::min(std::max(one.read_to, next->last_seq), tail_);
  return {};
}

bool feed_state::pass_dropped(client& one) {
  const auto dropped = setup_.counters->dropped_to.load(std::memory_order_relaxed);
  if (one.read_to >= dropped)
    return true;
  one.read_to = dropped;
  one.after = std::max(one.after.value_or(event_position{}), {dropped, event_position::index_max});
  return one.listener->give(
      std::make_shared<const std::string>("id: " + to_text(*one.after) + "\n: events up to " +
                                          std::to_string(dropped) + " are no longer kept\n\n"));
}

void feed_state::signal(const feed_signal& what) {
  const auto found = clients_.find(what.id);
  if (found == clients_.end())
    return;
  if (what.gone) {
    drop(found);
    return;
  }
  found->second.full_beats = 0;
  if (std::exchange(found->second.full, false))
    schedule_catch_up({});
}

// ---- all ----

void feed_state::beat() {
  beating_ = false;
  for (auto each = clients_.begin(); each != clients_.end();) {
    auto& one = each->second;
    const bool is_quiet = one.listener->pending_bytes() == 0;
    // One that had little unread, and was sent more than it may have at once, tells of no room that it has.
    if (is_quiet && std::exchange(one.full, false))
      schedule_catch_up({});
    if (one.full && ++one.full_beats > full_beats_max) {
      one.listener->end(": dropped: more was left unread than may be; resume with Last-Event-ID\n\n");
      each = drop(each);
    } else {
      each = is_quiet && !one.full && !tell_position(one) ? drop(each) : std::next(each);
    }
  }
  if (!clients_.empty() && !std::exchange(beating_, true))
    self_->delayed_send(self_, setup_.beat, beat_atom::value);
}

feed_state::client_iterator feed_state::drop(client_iterator which) {
  setup_.counters->event_clients.fetch_sub(1, std::memory_order_relaxed);
  return clients_.erase(which);
}

result<feed_state::page> feed_state::read(event_renderer& renderer, std::uint64_t after) {
  const auto found = setup_.reader->events_after(after, page_events_max);
  if (!found)
    return tl::unexpected{found.error()};
  page rendered;
  rendered.last_seq = found->last_seq;
  for (const auto& each : found->events) {
    auto told = renderer.render(each);
    if (!told)
      return tl::unexpected{told.error()};
    std::move(told->begin(), told->end(), std::back_inserter(rendered.events));
  }
  return rendered;
}

std::shared_ptr<const std::string> feed_state::text_of(const cloud_event& event) const {
  return std::make_shared<const std::string>("id: " + to_text(event.position) + "\nevent: " + event.type +
                                             "\ndata: " + structured(event, setup_.source) + "\n\n");
}

caf::behavior event_feed(caf::stateful_actor<feed_state>* self, event_feed_setup setup) {
  fail_stop_on_exception(self, "the feed of events failed");
  name_this_thread("event-feed");
  auto& state = self->state;
  state.setup_ = std::move(setup);
  state.live_renderer_.emplace(*state.setup_.reader);
  state.earlier_renderer_.emplace(*state.setup_.reader, std::size_t{1'000});
  state.tail_ = state.setup_.counters->applied_seq.load(std::memory_order_acquire);
  self->send(state.setup_.write_behind, relay_waits{caf::actor_cast<caf::actor>(self), state.figures_});
  return {
      [&state](look_atom) { state.look(); },
      [&state](const feed_client_ptr& joining) { state.join(*joining); },
      [&state](const feed_signal& what) { state.signal(what); },
      [&state](beat_atom) { state.beat(); },
      [&state](catchup_atom) { state.catch_up(); },
      [&state](read_on_atom) { state.read_on(); },
  };
}

} // namespace orderd
