/// What a store has set aside, in figures, and how much that may be.
#pragma once

#include "config/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace orderd {

/// Events that the database refused, kept in a table of their own with the reason.
struct aside_figures {
  std::uint64_t events = 0;
  std::uint64_t entities = 0; ///< orders, stock items and accounts that these events are of
  std::string reason;         ///< of the newest; empty without any

  bool operator==(const aside_figures&) const = default;
};

/// The most orders, stock items and accounts that are set aside. Beyond it the database as a whole is taken
/// to be wrong.
inline constexpr std::uint64_t aside_entities_max = 1'000;

/// So many events of an entity aside come back with one transaction at most.
inline constexpr std::size_t retry_events_max = 10'000;
/// So many entities may fail to come back for reasons that are not in their events; then the database is at
/// fault.
inline constexpr std::size_t retry_failures_max = 10;

/// Whether events failed to come back for what they are, whatever the database does.
[[nodiscard]] constexpr bool is_in_events(error_code code) noexcept {
  return code == error_code::refused || code == error_code::damaged || code == error_code::newer_format;
}

} // namespace orderd
