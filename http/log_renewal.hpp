/// What a running process takes over from its settings when they are read again.
#pragma once

#include "config/settings.hpp"

namespace orderd::http {

/// Reads the settings again, with what the process was started with, and takes over the level of the log.
/// What is wrong with them, or why the level stays as it is, goes to the log; nothing else changes.
void renew_log_level(int argc, const char* const* argv, const process_environment& environment);

} // namespace orderd::http
