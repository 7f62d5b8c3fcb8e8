/// Checks a stopped data folder, or an exported history, and changes nothing.
#pragma once

#include "actors/engine.hpp"
#include "config/result.hpp"

#include <string>

namespace orderd {

/// What a check that could be carried out comes to.
struct verification {
  bool ok = false;
  std::string text; ///< lines for people: what was looked at, and each difference
};

/// Checks what is at `path`: a data folder, whose store is the database that `options` names or else the file
/// in it, or a file of `--export`. A folder: every frame of the journal, the store by `walk`, and the
/// journal's events that the store lacks, folded on top of it. A file: its frames and checksum, every link,
/// and what the events come to. A torn tail of the journal is told and is no difference. Memory is bounded:
/// one entity and what `audit_cross_checks` needs, besides `entities_a_pass` entities; beyond that more
/// passes are made. Errors are of what could not be checked at all: io_failed, locked while an engine runs on
/// the folder, newer_format, those of a database; timed_out, once `options.interrupted`. Blocks.
[[nodiscard]] result<verification> verify(const std::string& path, const engine_options& options,
                                          std::size_t entities_a_pass = 200'000);

/// The exit statuses of `--verify`: all agrees; something differs or is damaged; it could not be checked.
inline constexpr int exit_status_of_agreement = 0;
inline constexpr int exit_status_of_difference = 1;
inline constexpr int exit_status_of_no_verdict = 2;

} // namespace orderd
