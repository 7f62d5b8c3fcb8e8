#include "persistence/history_checkpoint.hpp"
#include "persistence/signed_number.hpp"
#include "persistence/sqlite_events.hpp"
#include "persistence/sqlite_history_queries.hpp"
#include "persistence/sqlite_queries.hpp"
#include "persistence/sqlite_rows.hpp"
#include "persistence/sqlite_writer.hpp"

#include <map>
#include <string>
#include <utility>

namespace orderd {
namespace {

/// Folds the oldest events into checkpoints and removes them, in a transaction that the caller holds.
class history_drop {
 public:
  explicit history_drop(sqlite_connection& connection) noexcept : connection_(connection) {}

  [[nodiscard]] result<std::size_t> run(std::uint64_t until_seq, timestamp before, std::size_t limit) {
    auto done = prepare()
                    .and_then([&] { return fold_events(until_seq, before, limit); })
                    .and_then([&] { return dropped_ == 0 ? result<void>() : write_checkpoints(); })
                    .and_then([&] { return dropped_ == 0 ? result<void>() : remove_.bind(last_).run(); })
                    .and_then([&] { return dropped_ == 0 ? result<void>() : move_.bind(last_).run(); });
    return done ? result<std::size_t>(dropped_) : tl::unexpected(done.error());
  }

 private:
  /// What an entity's dropped events come to, and the last of them.
  struct folded {
    history_fold fold;
    std::uint64_t seq = 0;
    timestamp at;
  };

  [[nodiscard]] result<void> prepare() {
    const std::pair<sqlite_statement*, std::string_view> statements[] = {
        {&oldest_, sqlite_queries::oldest_events},
        {&checkpoint_, sqlite_queries::checkpoint},
        {&put_checkpoint_,
         "INSERT OR REPLACE INTO history_checkpoints (kind, entity, seq, version, at, link, "
         "state) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"},
        {&drop_checkpoint_, "DELETE FROM history_checkpoints WHERE kind = ?1 AND entity = ?2"},
        {&remove_, "DELETE FROM events WHERE seq <= ?1"},
        {&move_, "UPDATE node SET dropped_to = ?1"},
    };
    return connection_.prepare_all(statements);
  }

  [[nodiscard]] result<void> fold_events(std::uint64_t until_seq, timestamp before, std::size_t limit) {
    oldest_.bind(signed_number(until_seq), signed_number(limit));
    for (;;) {
      const auto row = oldest_.step();
      if (!row)
        return tl::unexpected(row.error());
      if (!*row)
        return {};
      auto e = read_event(oldest_);
      if (!e)
        return tl::unexpected(e.error());
      if (time_of(e->event) >= before) {
        oldest_.reset();
        return {};
      }
      if (auto done = fold(*e); !done)
        return done;
      ++dropped_;
      last_ = signed_number(e->seq);
    }
  }

  [[nodiscard]] result<void> fold(const sequenced_event& e) {
    if (std::holds_alternative<request_record>(e.event))
      return {};
    const auto begun = begin(key_of(e.event));
    if (!begun)
      return tl::unexpected(begun.error());
    folded& into = **begun;
    if (auto followed = into.fold.follow(e.event); !followed)
      return fail(followed.error().code, "event " + std::to_string(e.seq) + ": " + followed.error().detail);
    if (e.link != into.fold.link())
      return fail(error_code::damaged, "event " + std::to_string(e.seq) + " of the " +
                                           std::string(to_text(into.fold.entity().kind)) + " " +
                                           shown_key(into.fold.entity()) +
                                           " is not linked to what is in front of it: it was changed");
    into.seq = e.seq;
    into.at = time_of(e.event);
    return {};
  }

  /// The entity as it is before the next of its events.
  [[nodiscard]] result<folded*> begin(const entity_key& key) {
    const auto found = entities_.find(key);
    if (found != entities_.end())
      return &found->second;
    result<std::optional<history_checkpoint>> stored;
    auto read = bind_entity(checkpoint_, key).each([&](const sqlite_statement& row) {
      stored = checkpoint_of(key.kind, row);
    });
    if (!read || !stored)
      return tl::unexpected(!read ? read.error() : stored.error());
    auto fold = *stored ? history_fold::behind(**stored) : result<history_fold>(history_fold(key));
    if (!fold)
      return tl::unexpected(fold.error());
    return &entities_.emplace(key, folded{std::move(*fold), 0, {}}).first->second;
  }

  [[nodiscard]] result<void> write_checkpoints() {
    for (const auto& [key, each] : entities_) {
      const auto& fold = each.fold;
      const std::string state = fold.state() ? encode_state(*fold.state()) : std::string();
      const auto link = fold.link();
      auto done = fold.state() ? bind_entity(put_checkpoint_, key, signed_number(each.seq),
                                             signed_number(fold.version()), each.at,
                                             blob_view{bytes_of(link)}, blob_view{state})
                                     .run()
                               : bind_entity(drop_checkpoint_, key).run();
      if (!done)
        return done;
    }
    return {};
  }

  sqlite_connection& connection_;
  sqlite_statement oldest_, checkpoint_, put_checkpoint_, drop_checkpoint_, remove_, move_;
  std::map<entity_key, folded> entities_;
  std::size_t dropped_ = 0;
  std::int64_t last_ = 0;
};

} // namespace

result<std::size_t> sqlite_writer::drop_history(std::uint64_t until_seq, timestamp before,
                                                std::size_t limit) {
  auto transaction = begin();
  if (!transaction)
    return tl::unexpected(transaction.error());
  const auto dropped = history_drop(connection_).run(until_seq, before, limit);
  if (!dropped || *dropped == 0)
    return dropped;
  if (auto committed = transaction->commit(); !committed)
    return tl::unexpected(committed.error());
  return dropped;
}

result<std::uint64_t> sqlite_writer::dropped_to() {
  const auto seq = connection_.integer(sqlite_queries::dropped_to);
  return seq ? result<std::uint64_t>(static_cast<std::uint64_t>(*seq)) : tl::unexpected(seq.error());
}

} // namespace orderd
