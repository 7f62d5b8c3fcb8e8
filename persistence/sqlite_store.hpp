/// The embedded store, used when no database is set up: one SQLite file.
#pragma once

#include "persistence/store.hpp"

#include <functional>
#include <memory>
#include <string>

namespace orderd {

/// A store in the file `path`, which the first `open_writer` creates; its folder must exist. Nothing is
/// opened yet. Readers are opened after the writer, and each is a connection of its own. One process at a
/// time: the owner of the data folder sees to that. `interrupted` is asked while `open_writer` links events
/// that an earlier version of the program wrote, which takes a while for many; then it fails with timed_out,
/// and the next one goes on.
[[nodiscard]] std::unique_ptr<store> make_sqlite_store(
    std::string path, std::function<bool()> interrupted = [] { return false; });

/// Creates the file or brings its schema up to date, and returns the schema's number. Errors: those of
/// `open_writer`.
[[nodiscard]] result<int> migrate_sqlite(const std::string& path, const std::function<bool()>& interrupted);

/// A snapshot of a file that no process has open, which is left as it is to the last byte. Errors: those of
/// `store::open_snapshot`; store_failed also for a schema that is older than the program's.
[[nodiscard]] result<std::unique_ptr<audit_snapshot>> open_sqlite_at_rest(const std::string& path);

} // namespace orderd
