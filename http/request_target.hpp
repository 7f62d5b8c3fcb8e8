/// The target of a request line, taken apart and checked.
#pragma once

#include <optional>
#include <string_view>

namespace orderd::http {

/// Views into the text that was parsed. An empty path stands for "/".
struct request_target {
  std::string_view path;
  std::string_view query;
};

/// Takes origin-form ("/a?b") and absolute-form ("http://host/a?b") apart; "*" counts as the root when
/// `allow_asterisk`. Refuses every other form, bytes that are not printable ASCII, fragments, and percent
/// escapes that are cut, not hexadecimal, NUL or not UTF-8 once decoded. Pure.
[[nodiscard]] std::optional<request_target> parse_request_target(std::string_view text,
                                                                 bool allow_asterisk) noexcept;

/// Whether `text` is a plausible Host field: a name, an IPv4 or bracketed IPv6 literal, and maybe a port.
/// Pure.
[[nodiscard]] bool is_host_value(std::string_view text) noexcept;

} // namespace orderd::http
