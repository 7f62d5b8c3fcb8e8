#include "tests/unit/persistence/kept_snapshot.hpp"

#include "domain/assert.hpp"

#include <algorithm>
#include <map>

namespace orderd::test {

namespace {

template <class T> std::optional<T> front_of(std::deque<T>& items) {
  if (items.empty())
    return std::nullopt;
  auto first = std::move(items.front());
  items.pop_front();
  return first;
}

stored_entity row_of(const entity_key& key, const entity_state& state) {
  if (const auto* item = std::get_if<stock_item>(&state)) {
    stored_stock row{item->view(), item->totals(), {}};
    for (const auto& [id, each] : item->active())
      row.active.push_back(each);
    return {key, std::move(row)};
  }
  if (const auto* whole = std::get_if<order_ptr>(&state))
    return {key, std::make_shared<const order>(**whole)};
  const auto& of = std::get<account>(state);
  stored_account row{of.view(), of.totals(), {}};
  for (const auto& [id, each] : of.holds())
    row.holds.push_back(each);
  return {key, std::move(row)};
}

} // namespace

kept_snapshot::kept_snapshot(std::span<const event> history) {
  std::map<entity_key, history_fold> folds;
  obligations owed;
  for (const auto& each : history) {
    ++extent.last_seq;
    ++extent.kept;
    owed.observe(each);
    if (std::holds_alternative<request_record>(each))
      continue;
    const auto key = key_of(each);
    auto& fold = folds.try_emplace(key, key).first->second;
    const auto followed = fold.follow(each);
    ORDERD_ASSERT(followed.has_value());
    sequenced_event stored{extent.last_seq, each};
    stored.link = fold.link();
    events_of(key.kind).push_back(std::move(stored));
  }
  for (auto& of_kind : events)
    std::stable_sort(of_kind.begin(), of_kind.end(),
                     [](const auto& a, const auto& b) { return key_of(a.event) < key_of(b.event); });
  for (const auto& [key, fold] : folds)
    if (fold.state())
      rows_of(key.kind).push_back(row_of(key, *fold.state()));
  open = owed.open();
  payouts = owed.payouts();
}

void kept_snapshot::drop(std::uint64_t seq) {
  for (std::size_t kind = 0; kind < events.size(); ++kind) {
    std::map<entity_key, history_fold> folds;
    std::map<entity_key, history_checkpoint> points;
    std::deque<sequenced_event> kept;
    for (auto& each : events[kind]) {
      if (each.seq > seq) {
        kept.push_back(std::move(each));
        continue;
      }
      const auto key = key_of(each.event);
      auto& fold = folds.try_emplace(key, key).first->second;
      ORDERD_ASSERT(fold.follow(each.event).has_value());
      points[key] = {key,
                     each.seq,
                     fold.version(),
                     time_of(each.event),
                     fold.link(),
                     fold.state() ? encode_state(*fold.state()) : std::string()};
    }
    events[kind] = std::move(kept);
    for (auto& [key, point] : points)
      if (!point.state.empty())
        checkpoints[kind].push_back(std::move(point));
  }
  extent.kept -= seq;
  extent.dropped_to = seq;
}

result<std::optional<stored_entity>> kept_snapshot::next_entity(entity_kind kind) {
  return front_of(rows_of(kind));
}
result<std::optional<sequenced_event>> kept_snapshot::next_event(entity_kind kind) {
  return front_of(events_of(kind));
}
result<std::optional<history_checkpoint>> kept_snapshot::next_checkpoint(entity_kind kind) {
  return front_of(checkpoints[place(kind)]);
}

} // namespace orderd::test
