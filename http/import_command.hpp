/// `orderd import FILE`, from its arguments to its exit status.
#pragma once

#include "config/settings.hpp"

namespace orderd::http {

/// Sends a catalogue to an engine that runs, shows on stderr how far it is, and says on stdout what became of
/// it. SIGINT and SIGTERM end it in order, a second one at once. Takes no setting of a server and starts
/// none. The process has no thread yet and ends with the status that this returns.
[[nodiscard]] int run_import_command(int argc, const char* const* argv,
                                     const process_environment& environment);

} // namespace orderd::http
