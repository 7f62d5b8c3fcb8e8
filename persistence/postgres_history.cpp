#include "persistence/postgres_history.hpp"

#include "persistence/event_codec.hpp"
#include "persistence/postgres_chain_statements.hpp"
#include "persistence/postgres_rows_read.hpp"
#include "persistence/signed_number.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <utility>

namespace orderd {
namespace {

using namespace postgres_chain_texts;

constexpr std::array all = {history_bounds,  raw_events,  put_links,    move_unchained,  checkpoints_of,
                            put_checkpoints, drop_events, move_dropped, drop_checkpoints};

/// Whose event a row of `raw_events` is, as its columns say; nothing for a record.
std::optional<chain_place> place_in(const postgres_rows& rows, std::size_t row) {
  constexpr std::array kinds = {entity_kind::order, entity_kind::stock, entity_kind::account};
  constexpr int first_key = 4;
  for (int i = 0; i < static_cast<int>(kinds.size()); ++i)
    if (!rows.is_null(row, first_key + i))
      return chain_place{kinds.at(static_cast<std::size_t>(i)), rows.text(row, first_key + i),
                         rows.integer(row, 8)};
  return std::nullopt;
}

result<postgres_rows> read_events(postgres_connection& connection, std::int64_t first, std::int64_t last,
                                  std::int64_t limit) {
  postgres_parameters range;
  range.add(first).add(last).add(limit);
  return connection.run(raw_events, range);
}

tl::unexpected<error> damaged_event(const postgres_rows& rows, std::size_t row, const std::string& what) {
  return fail(error_code::damaged, "event " + std::to_string(rows.integer(row, 0)) + ": " + what);
}

/// Follows the events that are to be dropped.
class dropping {
 public:
  explicit dropping(std::map<entity_key, history_fold> folds) : folds_(std::move(folds)) {}

  result<void> follow(const postgres_rows& rows, std::size_t row, const chain_place& at) {
    const auto e = event_of(rows, row, 1);
    if (!e) {
      return damaged_event(rows, row, e.error().detail);
    }
    entity_key key{at.kind, std::string(at.key)};
    if (std::holds_alternative<request_record>(*e) || key_of(*e) != key ||
        signed_number(version_of(*e)) != at.version) {
      return damaged_event(rows, row, "its row says that it is another one");
    }
    history_fold& fold = folds_.try_emplace(key, key).first->second;
    if (auto followed = fold.follow(*e); !followed) {
      return damaged_event(rows, row, followed.error().detail);
    }
    if (rows.text(row, 3) != link_bytes(fold.link())) {
      return damaged_event(rows, row,
                           "its link is not what the events before it of " + std::string(to_text(key.kind)) +
                               " " + shown_key(key) + " come to");
    }
    lasts_[key] = row;
    return {};
  }

  /// What is left of those that were followed.
  void leave(const postgres_rows& rows, postgres_dropped_part& part) const {
    for (const auto& [key, row] : lasts_) {
      const history_fold& fold = folds_.at(key);
      if (!fold.state()) {
        part.ended.push_back(key);
        continue;
      }
      part.checkpoints.push_back({key, static_cast<std::uint64_t>(rows.integer(row, 0)), fold.version(),
                                  rows.time(row, 7), fold.link(), encode_state(*fold.state())});
    }
  }

 private:
  std::map<entity_key, history_fold> folds_;
  std::map<entity_key, std::size_t> lasts_; ///< row of each one's last event
};

/// Folds that go on behind the checkpoints of these.
result<std::map<entity_key, history_fold>> folds_of(postgres_connection& connection,
                                                    const postgres_rows& rows, std::size_t count) {
  std::map<std::pair<entity_kind, std::string_view>, bool> keys;
  for (std::size_t row = 0; row < count; ++row)
    if (const auto at = place_in(rows, row))
      keys[{at->kind, at->key}] = true;
  postgres_array kind(postgres_type::text, keys.size()), entity(postgres_type::bytea, keys.size());
  for (const auto& [key, unused] : keys) {
    kind.add(to_text(key.first));
    entity.add(key.second);
  }
  const auto stored = connection.run(checkpoints_of, columns({&kind, &entity}));
  if (!stored) {
    return tl::unexpected(stored.error());
  }
  std::map<entity_key, history_fold> folds;
  for (std::size_t row = 0; row < stored->size(); ++row) {
    const auto checkpoint = checkpoint_of(*stored, row);
    auto fold = checkpoint ? history_fold::behind(*checkpoint) : tl::unexpected(checkpoint.error());
    if (!fold) {
      return fail(fold.error().code, "the checkpoint of " + std::string(stored->text(row, 0)) +
                                         " in front of event " + std::to_string(rows.integer(0, 0)) + ": " +
                                         fold.error().detail);
    }
    folds.emplace(checkpoint->entity, std::move(*fold));
  }
  return folds;
}

} // namespace

std::span<const postgres_statement> postgres_history_statements() noexcept { return all; }

result<postgres_history_bounds> read_history_bounds(postgres_connection& connection) {
  const auto rows = connection.run(history_bounds, {});
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  if (rows->size() != 1) {
    return fail(error_code::damaged, "the database has lost the row of its table node");
  }
  return postgres_history_bounds{rows->optional_integer(0, 0),
                                 static_cast<std::uint64_t>(rows->integer(0, 1)),
                                 rows->optional_integer(0, 2)};
}

result<std::optional<std::int64_t>> chain_page_of(postgres_connection& connection, postgres_chain& chain,
                                                  const postgres_chain_range& page, postgres_array& seqs,
                                                  postgres_array& links) {
  const auto rows = read_events(connection, page.from, page.last, page.limit);
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  std::vector<chain_place> places;
  std::vector<std::size_t> of_rows;
  for (std::size_t row = 0; row < rows->size(); ++row) {
    if (const auto at = place_in(*rows, row)) {
      places.push_back(*at);
      of_rows.push_back(row);
    }
  }
  if (auto learned = chain.learn(connection, places); !learned) {
    return tl::unexpected(learned.error());
  }
  for (std::size_t i = 0; i < places.size(); ++i) {
    const std::size_t row = of_rows[i];
    seqs.add(rows->integer(row, 0));
    // The bytes as they are: also of an event that can no longer be decoded, which an audit is to find.
    links.add(link_bytes(
        chain.follow(places[i], static_cast<event_tag>(rows->integer(row, 1)), rows->text(row, 2))));
  }
  if (rows->size() < static_cast<std::size_t>(page.limit)) {
    return std::nullopt;
  }
  return rows->integer(rows->size() - 1, 0) + 1;
}

result<postgres_dropped_part> read_oldest(postgres_connection& connection, std::uint64_t dropped_to,
                                          std::uint64_t last, timestamp before, std::size_t limit) {
  const auto rows = read_events(connection, signed_number(dropped_to) + 1, signed_number(last),
                                signed_number(std::min(limit, drop_events_max)));
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  postgres_dropped_part part;
  part.dropped_before = dropped_to;
  while (part.count < rows->size() && rows->time(part.count, 7) < before) {
    ++part.count;
  }
  if (part.count == 0) {
    return part;
  }
  auto folds = folds_of(connection, *rows, part.count);
  if (!folds) {
    return tl::unexpected(folds.error());
  }
  dropping going(std::move(*folds));
  for (std::size_t row = 0; row < part.count; ++row) {
    const auto at = place_in(*rows, row);
    if (auto followed = at ? going.follow(*rows, row, *at) : result<void>(); !followed) {
      return tl::unexpected(followed.error());
    }
  }
  part.first = dropped_to + 1;
  part.last = static_cast<std::uint64_t>(rows->integer(part.count - 1, 0));
  going.leave(*rows, part);
  return part;
}

void add_drop(postgres_transaction& to, const postgres_dropped_part& part) {
  using type = postgres_type;
  const std::size_t n = part.checkpoints.size();
  postgres_array kind(type::text, n), entity(type::bytea, n), seq(type::int8, n), version(type::int8, n),
      at(type::timestamptz, n), link(type::bytea, n), state(type::bytea, n);
  for (const history_checkpoint& each : part.checkpoints) {
    kind.add(to_text(each.entity.kind));
    entity.add(std::string_view(each.entity.key));
    seq.add(signed_number(each.seq));
    version.add(signed_number(each.version));
    at.add(each.at);
    link.add(link_bytes(each.link));
    state.add(std::string_view(each.state));
  }
  to.add(move_dropped,
         postgres_parameters().add(signed_number(part.last)).add(signed_number(part.dropped_before)), 1,
         "the beginning of the history that this process left");
  if (n > 0) {
    to.add(put_checkpoints, columns({&kind, &entity, &seq, &version, &at, &link, &state}), n, "checkpoints");
  }
  if (!part.ended.empty()) {
    postgres_array kinds(type::text, part.ended.size()), entities(type::bytea, part.ended.size());
    for (const entity_key& each : part.ended) {
      kinds.add(to_text(each.kind));
      entities.add(std::string_view(each.key));
    }
    to.add(drop_checkpoints, columns({&kinds, &entities}));
  }
  to.add(drop_events, postgres_parameters().add(signed_number(part.first)).add(signed_number(part.last)),
         part.count, "events to be dropped");
}

std::optional<entity_kind> kind_named(std::string_view word) noexcept {
  for (const auto kind : {entity_kind::stock, entity_kind::order, entity_kind::account})
    if (to_text(kind) == word)
      return kind;
  return std::nullopt;
}

result<history_checkpoint> checkpoint_of(const postgres_rows& rows, std::size_t row) {
  history_checkpoint found;
  const auto kind = kind_named(rows.text(row, 0));
  const std::string_view link = rows.text(row, 5);
  found.entity = {kind.value_or(entity_kind::stock), std::string(rows.text(row, 1))};
  if (!kind || link.size() != found.link.size()) {
    return damaged_rows("a checkpoint of " + std::string(rows.text(row, 0)) + " " + shown_key(found.entity));
  }
  found.seq = static_cast<std::uint64_t>(rows.integer(row, 2));
  found.version = static_cast<std::uint64_t>(rows.integer(row, 3));
  found.at = rows.time(row, 4);
  std::copy(link.begin(), link.end(), found.link.begin());
  found.state = rows.text(row, 6);
  return found;
}

} // namespace orderd
