/// What the command line does besides serving: one piece of work, and then the process ends.
#pragma once

#include "actors/engine.hpp"
#include "config/clock.hpp"
#include "config/result.hpp"
#include "config/settings.hpp"

#include <string>

namespace orderd {

/// Does `task` (any but `serve` and `verify`, asserted) on the data folder and database that `options` name,
/// with `file` for an export or import, and returns what to tell the operator, as lines. `locked` while an
/// engine runs on the folder. `options.interrupted` ends it early: what an import has applied stays, and it
/// can be run again. Blocks; one thread.
[[nodiscard]] result<std::string> do_upkeep(process_task task, const std::string& file,
                                            const engine_options& options, const clock_port& clock);

} // namespace orderd
