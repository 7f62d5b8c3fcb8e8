#include "actors/recovery.hpp"

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

/// What is aside may stay there, so trouble with it alone is no reason not to start.
[[nodiscard]] result<void> retry_aside(store_writer& store, const std::function<bool()>& interrupted) {
  if (store.aside().events == 0)
    return {};
  const auto before = store.aside().events;
  const auto tried = store.retry_aside(interrupted);
  if (!tried && is_final(tried.error().code))
    return tried;
  if (!tried)
    log::warn("events that the store had refused could not all be tried again",
              {{"reason", tried.error().detail}});
  const auto& left = store.aside();
  log::warn("events that the store had refused were tried again",
            {{"applied", before - left.events}, {"still_aside", left.events}, {"reason", left.reason}});
  return {};
}

} // namespace

result<recovered_state> recover(file_system& files, store& database, journal_options journal,
                                std::size_t batch_events_max, const std::function<bool()>& interrupted) {
  recovered_state state;
  const auto expected = journal_identity(files, journal.folder);
  if (!expected)
    return tl::unexpected{expected.error()};
  auto opened_store = database.open_writer({*expected, !*expected, false});
  if (!opened_store)
    return tl::unexpected{opened_store.error()};
  std::shared_ptr<store_writer> store{std::move(*opened_store)};

  const auto identity = store->identity();
  const auto folder = journal.folder;
  journal.identity = identity;
  journal.epoch = store->epoch();
  auto opened = journal_writer::open(files, std::move(journal), store->applied_seq());
  if (!opened)
    return tl::unexpected{opened.error()};
  state.journal = std::move(*opened);
  report(state.journal->recovery());
  // Only now is it known that the store is this journal's.
  if (const auto retried = retry_aside(*store, interrupted); !retried)
    return tl::unexpected{retried.error()};

  const auto owed = store->open_obligations();
  if (!owed)
    return tl::unexpected{owed.error()};
  const auto payouts = store->open_payouts();
  if (!payouts)
    return tl::unexpected{payouts.error()};
  auto tail = journal_reader::open(files, folder, identity, store->applied_seq() + 1);
  if (!tail)
    return tl::unexpected{tail.error()};
  state.feed =
      std::make_shared<store_feed>(store, std::move(*tail), obligations{*owed, *payouts}, batch_events_max);
  for (;;) {
    if (interrupted())
      return fail(error_code::timed_out, "the start was interrupted; the journal keeps the rest");
    const auto tried = state.feed->events_tried();
    const auto applied = state.feed->advance(state.journal->synced_seq());
    if (!applied && applied.error().code == error_code::timed_out && state.feed->events_tried() < tried)
      continue; // Fewer may do in time.
    if (!applied)
      return tl::unexpected{applied.error()};
    if (*applied == 0)
      break;
    state.replayed_events += *applied;
  }
  return state;
}

} // namespace orderd
