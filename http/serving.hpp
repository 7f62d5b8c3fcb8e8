/// Serving: server and engine from their start to an orderly end.
#pragma once

#include "config/settings.hpp"
#include "http/ending_signals.hpp"

namespace orderd::http {

/// Listens at once, starts the engine (again, while its database is away), and serves until a signal ends
/// the process. Logs `listening` and, once the engine is there, `ready`. Returns the exit status: 0 after a
/// signal, 1 if the start failed for good. With AUTH=token a SIGHUP reads the token file again.
[[nodiscard]] int serve(const settings& s, ending_signals& signals);

} // namespace orderd::http
