#include "actors/attention_queue.hpp"

#include "domain/assert.hpp"

#include <algorithm>

namespace orderd {

using kind = attention::kind;

void attention_queue::put(const uuid& id, attention word) {
  const auto known = known_.find(id);
  if (known == known_.end())
    return place_at(id, word, 0);
  auto& now = known->second;
  if (now.where == place::under_way) {
    now.next = word;
    return;
  }
  // One that is ready keeps its turn.
  const bool stays = (now.where == place::ready && word.when == kind::at_once) ||
                     (now.where == place::registered && word.when == kind::registered);
  if (stays)
    return;
  drop(id);
  place_at(id, word, 0);
}

void attention_queue::put_stored(const uuid& id, attention word) {
  if (!known_.contains(id))
    place_at(id, word, 0);
}

void attention_queue::place_at(const uuid& id, attention word, std::uint32_t failures) {
  if (word.when == kind::none)
    return;
  if (!make_room(word))
    return note_dropped(word);
  entry now;
  now.failures = failures;
  if (word.when == kind::timed) {
    now.where = place::timed;
    now.at = word.at;
    timed_.emplace(word.at, id);
  } else {
    const bool registered = word.when == kind::registered;
    now.where = registered ? place::registered : place::ready;
    now.ticket = ++last_ticket_;
    (registered ? registered_ : ready_).emplace(now.ticket, id);
  }
  known_.emplace(id, now);
}

bool attention_queue::make_room(attention word) {
  if (word.when == kind::timed && drops_at(word.at))
    return false;
  if (waiting() < waiting_max_)
    return true;
  if (!timed_.empty() && (word.when != kind::timed || word.at < timed_.rbegin()->first)) {
    const auto [at, id] = *timed_.rbegin();
    drop(id);
    note_dropped({kind::timed, at});
    return true;
  }
  // A saga that is under way holds units and money; one that has not begun can wait.
  if (word.when == kind::at_once && awaits_round()) {
    const auto id = registered_.rbegin()->second;
    drop(id);
    note_dropped({kind::registered});
    return true;
  }
  return false;
}

void attention_queue::drop(const uuid& id) {
  const auto known = known_.find(id);
  unlink(id, known->second);
  known_.erase(known);
}

void attention_queue::note_dropped(attention word) {
  dropped_ = true;
  const auto from = word.when == kind::timed ? word.at : timestamp::min();
  dropped_from_ = std::min(dropped_from_.value_or(from), from);
}

void attention_queue::unlink(const uuid& id, const entry& known) {
  switch (known.where) {
  case place::registered:
    registered_.erase(known.ticket);
    break;
  case place::ready:
    ready_.erase(known.ticket);
    break;
  case place::timed:
    timed_.erase({known.at, id});
    break;
  case place::under_way:
    --under_way_;
    break;
  }
}

void attention_queue::wake(timestamp now) {
  while (!timed_.empty() && timed_.begin()->first <= now) {
    const auto id = timed_.begin()->second;
    timed_.erase(timed_.begin());
    auto& known = known_.at(id);
    known.where = place::ready;
    known.ticket = ++last_ticket_;
    ready_.emplace(known.ticket, id);
  }
}

std::optional<uuid> attention_queue::take() {
  const bool of_round =
      round_has_left() && (ready_.empty() || registered_.begin()->first < ready_.begin()->first);
  if (!of_round && ready_.empty())
    return std::nullopt;
  auto& from = of_round ? registered_ : ready_;
  const auto id = from.begin()->second;
  from.erase(from.begin());
  known_.at(id).where = place::under_way;
  ++under_way_;
  return id;
}

const attention_queue::entry& attention_queue::under_way_entry(const uuid& id) const {
  const auto known = known_.find(id);
  const bool found = known != known_.end() && known->second.where == place::under_way;
  ORDERD_ASSERT(found); // each is answered once
  return known->second;
}

void attention_queue::finish(const uuid& id) {
  const auto word = under_way_entry(id).next.value_or(attention{});
  leave(id, word, 0);
}

void attention_queue::leave(const uuid& id, attention word, std::uint32_t failures) {
  --under_way_;
  known_.erase(id);
  place_at(id, word, failures);
}

std::optional<timestamp> attention_queue::next_time() const {
  if (timed_.empty())
    return std::nullopt;
  return timed_.begin()->first;
}

void attention_queue::forget_dropped() {
  dropped_ = false;
  dropped_from_.reset();
}

} // namespace orderd
