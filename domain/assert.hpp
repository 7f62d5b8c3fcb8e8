/// Always-on assertion: a broken invariant ends the process before it can be journaled or shown.
#pragma once

namespace orderd {

/// Writes one line to stderr and aborts. Any thread.
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line) noexcept;

} // namespace orderd

/// Checks an invariant in every build type. Recovery replays the journal after the abort.
#define ORDERD_ASSERT(condition)                                                                             \
  (static_cast<bool>(condition) ? static_cast<void>(0)                                                       \
                                : ::orderd::assertion_failed(#condition, __FILE__, __LINE__))
