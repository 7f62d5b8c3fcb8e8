/// Percent escapes (RFC 3986, section 2.1), one at a time. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace orderd::http {

inline constexpr std::size_t percent_escape_size = 3;

/// The value of a hexadecimal digit, or -1.
[[nodiscard]] constexpr int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

/// The byte that an escape at the front of `text` stands for; nothing if there is none, or it is cut.
[[nodiscard]] constexpr std::optional<std::uint8_t> escaped_byte(std::string_view text) noexcept {
  if (text.size() < percent_escape_size || text[0] != '%')
    return std::nullopt;
  const int high = hex_value(text[1]);
  const int low = hex_value(text[2]);
  if (high < 0 || low < 0)
    return std::nullopt;
  return static_cast<std::uint8_t>(high * 16 + low);
}

} // namespace orderd::http
