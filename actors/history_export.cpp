#include "actors/history_export.hpp"

#include "actors/history_sums.hpp"
#include "actors/recovery.hpp"

namespace orderd {

namespace {

/// A history is whole or it is none: rows cannot be made from the rest of it.
[[nodiscard]] result<void> check_whole(store_reader& stored) {
  const auto dropped = stored.dropped_to();
  if (!dropped)
    return tl::unexpected{dropped.error()};
  if (*dropped == 0)
    return {};
  return fail(error_code::refused, "events up to " + std::to_string(*dropped) +
                                       " have been dropped from the database's history: what is left cannot "
                                       "be moved to another one");
}

[[nodiscard]] result<void> write_events(store_reader& stored, history_writer& file,
                                        const std::function<bool()>& interrupted) {
  return stored.history(1, [&](const sequenced_event& each) -> result<void> {
    if (each.seq % events_a_question == 0 && interrupted())
      return fail(error_code::timed_out, "the export was interrupted");
    return file.append(each);
  });
}

} // namespace

result<exported_history> export_history(file_system& files, store& database, const engine_options& options,
                                        const clock_port& clock, const std::string& path) {
  const auto journal_folder = options.data_dir + "/journal";
  const auto found = has_journal(files, journal_folder);
  if (!found)
    return tl::unexpected{found.error()};
  if (!*found)
    return fail(error_code::io_failed, "there is no journal in " + journal_folder + ": nothing to export");
  const auto recovered = recover(files, database, {journal_folder, options.journal_segment_bytes, {}, 0},
                                 options.store_batch_events_max, options.interrupted);
  if (!recovered)
    return tl::unexpected{recovered.error()};
  const auto& store = recovered->feed->store();
  const auto stored = database.open_reader();
  if (!stored)
    return tl::unexpected{stored.error()};
  if (const auto whole = check_whole(**stored); !whole)
    return tl::unexpected{whole.error()};
  auto file = history_writer::create(files, path, {store.identity(), clock.now()});
  if (!file)
    return tl::unexpected{file.error()};
  if (const auto written = write_events(**stored, *file, options.interrupted); !written)
    return tl::unexpected{written.error()};
  if (file->last_seq() != store.applied_seq())
    return fail(error_code::damaged, "the database's history ends with event " +
                                         std::to_string(file->last_seq()) + ", its rows show events up to " +
                                         std::to_string(store.applied_seq()));
  const auto extent = file->finish();
  if (!extent)
    return tl::unexpected{extent.error()};
  return exported_history{store.identity(), *extent};
}

} // namespace orderd
