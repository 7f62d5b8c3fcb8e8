/// The one setting that a running process takes anew.
#pragma once

#include "config/settings.hpp"

#include <string>

namespace orderd {

/// The least level of the log, where it comes from in words for people, and the file that was read.
struct log_level_reading {
  log::level level = log::level::info;
  std::string where;
  std::string config_file; ///< empty: there is none
};

/// Reads and checks all settings again, as `read_settings` does and with what it was given at the start, for
/// a process that runs: of the result it can take over the level of its log.
[[nodiscard]] tl::expected<log_level_reading, settings_problems>
read_log_level(int argc, const char* const* argv, const process_environment& environment);

} // namespace orderd
