/// A data folder's whole history into a file.
#pragma once

#include "actors/engine.hpp"
#include "config/clock.hpp"
#include "config/result.hpp"
#include "persistence/file_system.hpp"
#include "persistence/history_file.hpp"
#include "persistence/store.hpp"

#include <string>

namespace orderd {

/// What became of a history.
struct exported_history {
  uuid identity;
  history_extent extent;
};

/// Brings `database` up to the journal of `options.data_dir`, as a start does, and writes every event to the
/// new file `path`, those included that the database had refused. The caller holds the folder's lock. Errors
/// as a start's; `refused`, if events have been dropped from the database's history; `damaged`, if that has a
/// gap or ends early; `timed_out`, once interrupted. Without success `path` is not there.
[[nodiscard]] result<exported_history> export_history(file_system& files, store& database,
                                                      const engine_options& options, const clock_port& clock,
                                                      const std::string& path);

} // namespace orderd
