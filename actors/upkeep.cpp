#include "actors/upkeep.hpp"

#include "actors/history_export.hpp"
#include "actors/history_import.hpp"
#include "domain/assert.hpp"
#include "persistence/journal_recovery.hpp"
#include "persistence/journal_writer.hpp"
#include "persistence/postgres_store.hpp"
#include "persistence/sqlite_store.hpp"

namespace orderd {

namespace {

[[nodiscard]] std::string sqlite_path(const engine_options& options) {
  return options.data_dir + "/orderd.db";
}

[[nodiscard]] std::unique_ptr<store> store_of(const engine_options& options) {
  return options.database ? make_postgres_store(*options.database, options.interrupted)
                          : make_sqlite_store(sqlite_path(options), options.interrupted);
}

[[nodiscard]] std::string describe(const history_extent& extent, const uuid& identity) {
  return std::to_string(extent.events) + " events up to sequence " + std::to_string(extent.last_seq) +
         " of store " + to_string(identity);
}

[[nodiscard]] result<std::string> do_migrate(file_system& files, const engine_options& options) {
  if (options.database)
    return migrate_postgres(*options.database, options.interrupted).map([](int number) {
      return "the database has schema " + std::to_string(number) + "\n";
    });
  return files.make_folder(options.data_dir)
      .and_then([&] { return files.lock_folder(options.data_dir); })
      .and_then(
          [&](const auto& /*held*/) { return migrate_sqlite(sqlite_path(options), options.interrupted); })
      .map([&](int number) { return sqlite_path(options) + " has schema " + std::to_string(number) + "\n"; });
}

[[nodiscard]] result<std::string> do_begin_journal(file_system& files, const engine_options& options) {
  if (const auto made = files.make_folder(options.data_dir); !made)
    return tl::unexpected{made.error()};
  const auto lock = files.lock_folder(options.data_dir);
  if (!lock)
    return tl::unexpected{lock.error()};
  const auto folder = options.data_dir + "/journal";
  if (const auto made = files.make_folder(folder); !made)
    return tl::unexpected{made.error()};
  const auto found = has_journal(files, folder);
  if (!found)
    return tl::unexpected{found.error()};
  if (*found)
    return fail(error_code::invalid_setting,
                folder + " has a journal: another is only begun where it is lost");
  const auto opened = store_of(options)->open_writer();
  if (!opened)
    return tl::unexpected{opened.error()};
  const auto last_seq = (*opened)->applied_seq();
  const auto begun = journal_writer::begin(
      files, {folder, options.journal_segment_bytes, (*opened)->identity(), 0}, last_seq);
  if (!begun)
    return tl::unexpected{begun.error()};
  return "began a journal in " + folder + " behind sequence " + std::to_string(last_seq) + " of store " +
         to_string((*opened)->identity()) + "\n";
}

[[nodiscard]] result<std::string> do_export(file_system& files, const std::string& file,
                                            const engine_options& options, const clock_port& clock) {
  const auto lock = files.lock_folder(options.data_dir);
  if (!lock)
    return tl::unexpected{lock.error()};
  const auto done = export_history(files, *store_of(options), options, clock, file);
  if (!done)
    return tl::unexpected{done.error()};
  return "exported " + describe(done->extent, done->identity) + " to " + file + ", " +
         std::to_string(done->extent.bytes) + " bytes\n";
}

[[nodiscard]] result<std::string> do_import(file_system& files, const std::string& file,
                                            const engine_options& options) {
  if (const auto made = files.make_folder(options.data_dir); !made)
    return tl::unexpected{made.error()};
  const auto lock = files.lock_folder(options.data_dir);
  if (!lock)
    return tl::unexpected{lock.error()};
  const auto done = import_history(files, *store_of(options), options, file);
  if (!done)
    return tl::unexpected{done.error()};
  return "imported " + describe(done->extent, done->identity) + " from " + file + ", " +
         std::to_string(done->events_new) + " of them now\n" +
         "compared each of these events with the database's, and the sums of its rows:\n" +
         "  orders: " + describe_orders(done->sums) + "\n" + "  stock: " + describe_stock(done->sums) + "\n" +
         (done->journal_begun ? "began a journal in " : "goes on with the journal in ") + options.data_dir +
         "/journal\n";
}

} // namespace

result<std::string> do_upkeep(process_task task, const std::string& file, const engine_options& options,
                              const clock_port& clock) {
  ORDERD_ASSERT(task != process_task::serve && task != process_task::verify);
  posix_file_system files;
  switch (task) {
  case process_task::serve:
  case process_task::verify:
    break;
  case process_task::migrate:
    return do_migrate(files, options);
  case process_task::begin_journal:
    return do_begin_journal(files, options);
  case process_task::export_history:
    return do_export(files, file, options, clock);
  case process_task::import_history:
    return do_import(files, file, options);
  }
  return std::string{};
}

} // namespace orderd
