/// The stored events as they are, a page at a time: to give them the links that they lack, and to drop the
/// oldest.
#pragma once

#include "persistence/history_checkpoint.hpp"
#include "persistence/postgres_chain.hpp"
#include "persistence/postgres_transaction.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace orderd {

/// Events that one transaction drops at most; that many are decoded at once.
inline constexpr std::size_t drop_events_max = 10'000;

/// What the functions here need prepared.
[[nodiscard]] std::span<const postgres_statement> postgres_history_statements() noexcept;

/// Where the history begins.
struct postgres_history_bounds {
  std::optional<std::int64_t> unchained_from; ///< from here on events may lack links; nothing: none does
  std::uint64_t dropped_to = 0;
  std::optional<std::int64_t> first_aside;
};

/// The oldest events, and what they leave.
struct postgres_dropped_part {
  std::uint64_t dropped_before = 0; ///< `dropped_to` so far
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::size_t count = 0; ///< events and records; 0: there is nothing to be dropped
  std::vector<history_checkpoint> checkpoints;
  std::vector<entity_key> ended; ///< orders that never came to be: they leave none
};

/// More errors: damaged, without the row of `node`.
[[nodiscard]] result<postgres_history_bounds> read_history_bounds(postgres_connection& connection);

/// What is chained in one transaction: some MiB at worst.
inline constexpr std::int64_t chain_events_max = 5'000;

/// Events from one number to another, so many at most.
struct postgres_chain_range {
  std::int64_t from = 0;
  std::int64_t last = 0;
  std::int64_t limit = 0;
};

/// Adds the numbers and links of a page of events, which `chain` follows.
/// Returns where the next page begins; nothing behind the last one.
[[nodiscard]] result<std::optional<std::int64_t>> chain_page_of(postgres_connection& connection,
                                                                postgres_chain& chain,
                                                                const postgres_chain_range& page,
                                                                postgres_array& seqs, postgres_array& links);

/// The events from `first` to `last` that happened before `before`, at most `limit` of them and up to the
/// first that did not. More errors: damaged, naming the event that does not follow from those before it.
[[nodiscard]] result<postgres_dropped_part> read_oldest(postgres_connection& connection,
                                                        std::uint64_t dropped_to, std::uint64_t last,
                                                        timestamp before, std::size_t limit);
/// Queues their end.
void add_drop(postgres_transaction& to, const postgres_dropped_part& part);

/// A row of the table of checkpoints: kind, entity, seq, version, occurred_at, link and state. Errors:
/// damaged.
[[nodiscard]] result<history_checkpoint> checkpoint_of(const postgres_rows& rows, std::size_t row);
/// The kind that a table names; nothing for another word.
[[nodiscard]] std::optional<entity_kind> kind_named(std::string_view word) noexcept;

} // namespace orderd
