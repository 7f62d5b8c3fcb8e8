/// A start of the engine that outlasts a database that is away.
#pragma once

#include "actors/engine.hpp"

#include <chrono>
#include <functional>
#include <memory>

namespace orderd::http {

/// What a start asks of its surroundings; all are called on the thread that starts.
struct engine_start {
  std::function<result<std::unique_ptr<engine>>()> attempt;
  bool patient = false; ///< tries again while what is in the way may pass
  /// What failed, and when the next try comes.
  std::function<void(const error&, std::chrono::milliseconds)> failed;
  /// Waits so long, or until the process is to end: then true. Asked with 0 after each attempt that failed.
  std::function<bool(std::chrono::milliseconds)> ends_within;
};

/// Tries until there is an engine, in pauses that grow from a quarter of a second to five. Null if the
/// process is to end first; the error if another try would not help or none is wanted.
[[nodiscard]] result<std::unique_ptr<engine>> start_patiently(const engine_start& how);

} // namespace orderd::http
