/// Base64 (RFC 4648, the alphabet with `+` and `/`). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace orderd {

/// With `=` up to a whole number of four characters, and without breaks of lines.
[[nodiscard]] std::string encode_base64(std::string_view bytes);

/// The bytes. The `=` at the end may be left out; nothing if `text` has other characters or another length.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

} // namespace orderd
