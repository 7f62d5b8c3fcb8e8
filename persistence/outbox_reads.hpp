/// How the outbox is read, whatever database it is in: a page of events, and an instant in the history.
#pragma once

#include "config/result.hpp"
#include "persistence/store.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace orderd {

/// Places in the journal, both ends included.
struct event_range {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

/// When an event happened, and its place.
struct placed_time {
  std::uint64_t seq = 0;
  timestamp at;
};

/// Places that one statement looks at, at most: mere records may follow each other in any number, and a
/// statement that had to walk past all of them might never end in time.
inline constexpr std::uint64_t outbox_range_max = 20'000;

/// At most `rows` events of the range that are not mere records, in order.
using outbox_rows = std::function<result<std::vector<sequenced_event>>(const event_range&, std::size_t rows)>;
/// As `store_reader::events_after` of a store whose `applied_seq` is `last`.
[[nodiscard]] result<event_page> read_outbox(std::uint64_t seq, std::uint64_t last, std::size_t limit,
                                             const outbox_rows& read);

/// The first event or record of the range; nothing if it is empty.
using first_in_range = std::function<result<std::optional<placed_time>>(const event_range&)>;
/// As `store_reader::first_event_since` of a store whose `applied_seq` is `last`.
[[nodiscard]] result<std::optional<std::uint64_t>> search_by_time(std::uint64_t last, timestamp at,
                                                                  const first_in_range& first_in);

/// Whether no two of them are of the same sink.
[[nodiscard]] bool names_each_sink_once(const std::vector<sink_position>& positions);

/// A reason as tables keep it: bounded, and in characters that every database can say.
[[nodiscard]] std::string storable_reason(const std::string& reason);

} // namespace orderd
