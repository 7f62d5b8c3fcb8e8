/// A history file into an empty store.
#pragma once

#include "actors/engine.hpp"
#include "actors/history_sums.hpp"
#include "config/result.hpp"
#include "persistence/file_system.hpp"
#include "persistence/history_file.hpp"
#include "persistence/store.hpp"

#include <cstdint>
#include <string>

namespace orderd {

/// What became of an import.
struct imported_history {
  uuid identity;
  history_extent extent;
  std::uint64_t events_new = 0; ///< fewer than in the file when an earlier import had applied some
  history_sums sums;            ///< which file and store agree on
  bool journal_begun = false;   ///< the folder had none
};

/// Reads the file `path` to its end, then fills `database` with it and makes `options.data_dir` a folder that
/// starts with it: its journal is the one that the history was exported beside, or a new one. The database is
/// empty, or has the front of this very history, from which it goes on. At the end every stored event is
/// compared with the file's, and the rows' sums with what the file comes to. The caller holds the folder's
/// lock.
///
/// Errors: those of file, journal and store; `refused`, naming the event, if the database refuses one (what
/// was before it is applied, nothing is set aside) or is not empty; `damaged` for anything that differs;
/// `timed_out`, once interrupted. What is applied stays, and the same call goes on there.
[[nodiscard]] result<imported_history> import_history(file_system& files, store& database,
                                                      const engine_options& options, const std::string& path);

} // namespace orderd
