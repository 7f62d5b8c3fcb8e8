/// The command line of `orderd import`, which sends a catalogue to an engine that runs. It is a client: it
/// reads no setting of a server.
#pragma once

#include "config/settings.hpp"

#include <chrono>
#include <string>
#include <variant>

namespace orderd {

struct import_options {
  std::string file;                          ///< `-`: standard input
  std::string url = "http://127.0.0.1:8080"; ///< of the engine, without a slash at its end
  std::string token = {};                    ///< empty: none is sent. Never printed
  std::string user = {};                     ///< empty: no X-User is sent
  std::chrono::seconds retry_for{60};        ///< longest while that one part of the file is tried again
  bool again = false;                        ///< also what an earlier run has done
};

/// The environment variable that has the token where no flag does.
inline constexpr std::string_view import_token_variable = "ORDERD_TOKEN";

/// The exit statuses, which the help tells.
inline constexpr int exit_status_of_import_cut_short = 1;
inline constexpr int exit_status_of_bad_import_usage = 2;
inline constexpr int exit_status_of_import_done_before = 3;

using import_outcome = std::variant<import_options, printed_answer>;

/// Whether the first argument names this command.
[[nodiscard]] bool is_import_command(int argc, const char* const* argv) noexcept;

/// Reads what stands behind `orderd import`. A problem names the argument at fault.
[[nodiscard]] tl::expected<import_outcome, settings_problems>
read_import_options(int argc, const char* const* argv, const process_environment& environment);

/// The problems as text for stderr, one a line, and where the usage is told.
[[nodiscard]] std::string describe_import(const settings_problems& problems);

} // namespace orderd
