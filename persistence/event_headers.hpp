/// How CloudEvents puts the values of attributes into headers that hold printable ASCII only.
#pragma once

#include <string>
#include <string_view>

namespace orderd {

/// Percent-encodes, as UTF-8 bytes, a space, a double quote, a percent sign and all outside of U+0021-U+007E.
[[nodiscard]] std::string to_header_value(std::string_view value);

/// The reverse. A percent sign that no two hexadecimal digits follow stands for itself.
[[nodiscard]] std::string from_header_value(std::string_view value);

} // namespace orderd
