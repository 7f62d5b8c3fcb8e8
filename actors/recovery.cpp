#include "actors/recovery.hpp"

#include "actors/journal_batch.hpp"
#include "config/log.hpp"

namespace orderd {

namespace {

void report(const recovery_report& found) {
  log::info("the journal is open",
            {{"segments", found.segments}, {"frames", found.frames}, {"last_seq", found.last_seq}});
  if (found.torn_bytes > 0)
    log::warn("a torn tail was cut: writes that were never acknowledged",
              {{"segment", found.torn_segment}, {"offset", found.torn_offset}, {"bytes", found.torn_bytes}});
}

/// Reads and applies one batch; its size, 0 at the end.
[[nodiscard]] result<std::size_t> replay_batch(recovered_state& state, std::uint64_t until,
                                               std::size_t batch_events_max) {
  const auto read = read_batch(*state.tail, until, batch_events_max, state.open_obligations);
  if (!read)
    return tl::unexpected{read.error()};
  if (read->batch.events.empty())
    return std::size_t{0};
  if (const auto applied = state.store->apply(read->batch); !applied)
    return tl::unexpected{applied.error()};
  return read->batch.events.size();
}

} // namespace

result<recovered_state> recover(file_system& files, store& database, journal_options journal,
                                std::size_t batch_events_max) {
  recovered_state state;
  auto writer = database.open_writer();
  if (!writer)
    return tl::unexpected{writer.error()};
  state.store = std::move(*writer);
  const auto owed = state.store->open_obligations();
  if (!owed)
    return tl::unexpected{owed.error()};
  state.open_obligations = obligations{*owed};

  const auto applied = state.store->applied_seq();
  journal.identity = state.store->identity();
  const auto folder = journal.folder;
  auto opened = journal_writer::open(files, std::move(journal), applied);
  if (!opened)
    return tl::unexpected{opened.error()};
  state.journal = std::move(*opened);
  report(state.journal->recovery());

  auto tail = journal_reader::open(files, folder, state.store->identity(), applied + 1);
  if (!tail)
    return tl::unexpected{tail.error()};
  state.tail = std::make_shared<journal_reader>(std::move(*tail));
  for (;;) {
    const auto replayed = replay_batch(state, state.journal->synced_seq(), batch_events_max);
    if (!replayed)
      return tl::unexpected{replayed.error()};
    if (*replayed == 0)
      break;
    state.replayed_events += *replayed;
  }
  return state;
}

} // namespace orderd
