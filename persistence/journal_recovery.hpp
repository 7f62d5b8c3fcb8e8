/// Judges what a crash has left of a journal and makes its end durable. journal_format.md says how.
#pragma once

#include "persistence/file_system.hpp"
#include "persistence/journal_format.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace orderd {

/// What recovery found, for the log and the metrics.
struct recovery_report {
  std::uint64_t segments = 0;
  std::uint64_t frames = 0;
  std::uint64_t bytes = 0; ///< of whole frames, headers and padding included
  std::uint64_t last_seq = 0;
  std::uint64_t torn_bytes = 0; ///< cut: from `torn_offset` to the last byte that was not zero
  std::uint64_t torn_offset = 0;
  std::string torn_segment; ///< path; empty when nothing was cut
};

struct segment_extent {
  std::uint64_t first_seq = 0;
  std::uint64_t file_bytes = 0;
};

struct recovered_journal {
  std::vector<segment_extent> segments; ///< oldest first; writing goes on in the last; empty when new
  std::unique_ptr<file> current;        ///< the last one
  std::uint64_t current_end = 0;        ///< where the next frame goes in it
  recovery_report report;
};

/// Whether there is any segment in `folder`, which must exist.
[[nodiscard]] result<bool> has_journal(file_system& files, const std::string& folder);

/// The identity in the oldest segment's header; nothing if there is no segment. Errors: damaged, io_failed.
[[nodiscard]] result<std::optional<uuid>> journal_identity(file_system& files, const std::string& folder);

/// What a look at a journal finds.
struct journal_inspection {
  uuid identity;
  std::uint64_t first_seq = 0; ///< of the oldest segment
  recovery_report report;      ///< what is torn is still there
};

/// Reads every frame of the journal in `folder` as `recover_journal` does, and changes nothing. Nothing if
/// there is no segment. `damaged` for anything that a crash cannot do.
[[nodiscard]] result<std::optional<journal_inspection>> inspect_journal(file_system& files,
                                                                        const std::string& folder);

/// Reads every frame of the journal in `folder`. The frames of the last sync group may be torn: what is not
/// whole is zeroed. On return all that was found whole is durable, whatever had become of it before.
/// `damaged`, naming segment and offset, for anything that a crash cannot do: then nothing has been changed.
/// `applied_seq` is what the store has applied: the journal must reach back to it, and on to it.
[[nodiscard]] result<recovered_journal> recover_journal(file_system& files, const std::string& folder,
                                                        const uuid& identity, std::uint64_t applied_seq);

} // namespace orderd
