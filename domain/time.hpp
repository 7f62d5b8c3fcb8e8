/// Instants and their text. The domain never reads a clock: instants arrive as arguments.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace orderd {

/// An instant in UTC, in milliseconds since 1970-01-01.
using timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

/// Appends RFC 3339 in UTC with milliseconds: `2026-01-31T23:59:59.123Z` (24 bytes, years 0000-9999).
void append_rfc3339(std::string& out, timestamp at);
[[nodiscard]] std::string to_rfc3339(timestamp at);

/// Reads RFC 3339 (any offset, 0-9 digits of fraction, cut to milliseconds). Nothing when malformed.
[[nodiscard]] std::optional<timestamp> parse_rfc3339(std::string_view text);

} // namespace orderd
