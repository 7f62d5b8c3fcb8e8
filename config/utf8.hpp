/// UTF-8, as far as the edge has to judge it. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace orderd {

inline constexpr std::size_t utf8_sequence_bytes_max = 4;

/// Whether `text` is UTF-8 throughout; the empty text is.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// How many bytes the character at the front of `text` has: 1 to 4, or 0 if the bytes are not UTF-8 (cut,
/// overlong, a surrogate, beyond U+10FFFF) or `text` is empty.
[[nodiscard]] std::size_t utf8_sequence_length(std::string_view text) noexcept;

/// Whether `text` has at least one and at most `bytes_max` bytes, is UTF-8, and has no control character.
[[nodiscard]] bool is_printable(std::string_view text, std::size_t bytes_max) noexcept;

/// The longest front part of `text` with at most `bytes_max` bytes that cuts no character.
[[nodiscard]] std::string_view cut_utf8(std::string_view text, std::size_t bytes_max) noexcept;

} // namespace orderd
