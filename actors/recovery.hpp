/// Brings store and journal together before the actors start.
#pragma once

#include "config/result.hpp"
#include "domain/obligations.hpp"
#include "persistence/file_system.hpp"
#include "persistence/journal_reader.hpp"
#include "persistence/journal_writer.hpp"
#include "persistence/store.hpp"

#include <memory>
#include <string>
#include <vector>

namespace orderd {

/// What the actors are started from: the store has every event of the journal.
struct recovered_state {
  std::shared_ptr<store_writer> store;
  std::shared_ptr<journal_writer> journal;
  std::shared_ptr<journal_reader> tail; ///< positioned behind the last event
  obligations open_obligations;         ///< what a crash has left to be settled
  std::uint64_t replayed_events = 0;
};

/// Opens the store's writer and the journal in `journal_folder`, cuts a torn tail, and applies what the store
/// has not. Holds one batch in memory at a time. Errors name the file at fault; nothing is changed when
/// damage is found.
[[nodiscard]] result<recovered_state> recover(file_system& files, store& database, journal_options journal,
                                              std::size_t batch_events_max);

} // namespace orderd
