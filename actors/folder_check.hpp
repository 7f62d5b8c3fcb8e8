/// The parts of checking a data folder.
#pragma once

#include "actors/verification.hpp"
#include "persistence/audit_report.hpp"
#include "persistence/file_system.hpp"
#include "persistence/history_checkpoint.hpp"
#include "persistence/journal_recovery.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace orderd {

class audit_snapshot;

/// Opens another snapshot of the same store, which nobody changes meanwhile.
using snapshot_opener = std::function<result<std::unique_ptr<audit_snapshot>>()>;

/// Reads every event of the journal. `damaged`, naming the event: it cannot be decoded, or its epoch is lower
/// than that of one before it. Errors also: io_failed; timed_out, once interrupted.
[[nodiscard]] result<void> read_journal(file_system& files, const std::string& folder,
                                        const journal_inspection& found,
                                        const std::function<bool()>& interrupted);

/// Walks the store, and folds the journal's events behind it on top: as many passes over both as keep
/// `entities_a_pass` entities of the journal in memory. Codes beside those of `walk`:
/// journal_does_not_follow.
[[nodiscard]] result<audit_report> walk_with_tail(file_system& files, const std::string& folder,
                                                  const std::optional<journal_inspection>& journal,
                                                  const snapshot_opener& open, std::size_t entities_a_pass,
                                                  const std::function<bool()>& interrupted);

} // namespace orderd
