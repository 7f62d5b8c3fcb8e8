/// Sends a catalogue to an engine that runs, part by part.
#pragma once

#include "config/import_options.hpp"
#include "http/import_cutter.hpp"
#include "http/import_progress.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace orderd::http {

/// A row that the engine refused.
struct refused_row {
  std::size_t line = 0; ///< of the file
  std::string code;
  std::string detail;
};

/// How an import came out.
struct import_end {
  import_progress counts;
  std::vector<refused_row> first_refused; ///< by line, at most import_errors_reported_max
  std::string trouble;                    ///< why it was cut short; empty: it was not
  bool interrupted = false;               ///< cut short because `go_on` said no
  bool is_of_file = false;                ///< the trouble is the file's
  std::size_t rest_line = 1;              ///< all before this line of the file is decided
};

/// Sends all that the cutter gives, one part at a time, so that of two rows of one item the later one counts.
/// A part that finds the engine away or without room is sent again under the same key, after a wait that
/// grows and is at least as long as the engine asks for, until `retry_for` is over; the very first one is not
/// if nobody is there. Asks `go_on` at least ten times a second, which may show how far it is. Blocks.
[[nodiscard]] import_end send_catalogue(const import_options& options, import_cutter& parts,
                                        std::uint64_t file_bytes,
                                        const std::function<bool(const import_progress&)>& go_on);

} // namespace orderd::http
