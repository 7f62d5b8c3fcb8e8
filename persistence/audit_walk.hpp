/// Goes through a store's history and rows, entity by entity, and tells what does not agree.
#pragma once

#include "persistence/audit_compare.hpp"
#include "persistence/audit_report.hpp"
#include "persistence/audit_snapshot.hpp"

#include <cstdint>
#include <functional>

namespace orderd {

struct audit_options {
  /// What was live and is surely in the snapshot: emptied as it is met. Null: nothing.
  shown_entities* live = nullptr;
  /// Asked now and then; true ends the walk.
  std::function<bool()> interrupted = [] { return false; };
  /// Best a random number (see `difference_sketch`).
  std::uint64_t salt = 0;
  /// Handed each entity whose events could all be followed.
  std::function<void(history_fold&&)> followed = {};
};

/// Folds every entity from its checkpoint or its first event and compares each link, the row, and what
/// orders, items and accounts say of each other. Entities aside are reported as `set_aside` and not looked
/// at. Memory: one entity, a page of each cursor, and that of `audit_cross_checks`. Differences are no error.
/// Errors: those of the snapshot but `damaged`, which is a difference; timed_out, once interrupted.
[[nodiscard]] result<audit_report> walk(audit_snapshot& snapshot, const audit_options& options);

} // namespace orderd
