/// Databases have no unsigned integers.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace orderd {

/// A sequence number, version or count as a database takes it. What it cannot hold becomes the largest that
/// it can: only bounds of a search are ever that large.
[[nodiscard]] inline std::int64_t signed_number(std::uint64_t value) noexcept {
  return static_cast<std::int64_t>(std::min<std::uint64_t>(value, std::numeric_limits<std::int64_t>::max()));
}

} // namespace orderd
