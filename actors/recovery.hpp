/// Brings store and journal together before the actors start.
#pragma once

#include "actors/store_feed.hpp"
#include "config/result.hpp"
#include "persistence/file_system.hpp"
#include "persistence/journal_writer.hpp"
#include "persistence/store.hpp"

#include <cstdint>
#include <functional>
#include <memory>

namespace orderd {

/// What the actors are started from: the store has every event of the journal.
struct recovered_state {
  std::shared_ptr<journal_writer> journal;
  std::shared_ptr<store_feed> feed; ///< behind the last event; knows what a crash has left to be settled
  std::uint64_t replayed_events = 0;
};

/// Opens the store's writer and the journal in `journal_folder`, cuts a torn tail, tries again what the store
/// has refused before, and applies what it has not. Holds one batch in memory at a time. What is
/// refused again, or cannot be tried, stays aside. `interrupted` is asked between transactions. Errors name
/// the file or the database at fault; nothing is changed when damage is found.
[[nodiscard]] result<recovered_state> recover(file_system& files, store& database, journal_options journal,
                                              std::size_t batch_events_max,
                                              const std::function<bool()>& interrupted);

} // namespace orderd
