/// From the journal's frames to a batch for the store: the one way, for write-behind and for recovery.
#pragma once

#include "config/result.hpp"
#include "persistence/journal_reader.hpp"
#include "persistence/store.hpp"

#include <cstddef>
#include <cstdint>

namespace orderd {

/// A batch, and how many bytes of events are in it.
struct journal_batch {
  store_batch batch;
  std::uint64_t event_bytes = 0;
};

/// Reads the next events up to `until_seq`: at most `events_max` of them, and some 8 MiB, so that a batch of
/// large orders stays small in memory. `open` follows. An empty batch: there is nothing up to `until_seq`.
/// Errors: damaged, newer_format, io_failed.
[[nodiscard]] result<journal_batch> read_batch(journal_reader& journal, std::uint64_t until_seq,
                                               std::size_t events_max, obligations& open);

} // namespace orderd
