/// How a line of the log looks. Pure text: time arrives as an argument and nothing is written anywhere.
#pragma once

#include "config/log.hpp"
#include "domain/time.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace orderd::log {

/// Appends `text` as the inside of a JSON string. Quote, backslash, everything below 0x20, 0x7f and the C1
/// controls (U+0080 to U+009F: terminals obey them) are escaped; each byte that is not UTF-8 becomes U+FFFD.
/// After `bytes_max` bytes of input the rest is cut and "..." written instead.
void append_escaped(std::string& out, std::string_view text, std::size_t bytes_max);

/// `{"time":…,"level":…,"message":…,<fields>}` without a line end. Numbers that JSON lacks (NaN, infinity)
/// become null.
[[nodiscard]] std::string json_line(timestamp moment, level severity, std::string_view message, fields with);

/// `time LEVEL message key=value …` without a line end, escaped just as JSON is.
[[nodiscard]] std::string text_line(timestamp moment, level severity, std::string_view message, fields with);

[[nodiscard]] std::string_view name_of(level severity) noexcept;

} // namespace orderd::log
