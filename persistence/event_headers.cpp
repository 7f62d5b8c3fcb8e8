#include "persistence/event_headers.hpp"

#include <cstddef>

namespace orderd {
namespace {

constexpr std::string_view digits = "0123456789ABCDEF";

/// The value of a hexadecimal digit; 16 or more of anything else.
[[nodiscard]] unsigned digit_value(char c) noexcept {
  if (c >= '0' && c <= '9')
    return static_cast<unsigned>(c - '0');
  const char small = static_cast<char>(c | 0x20);
  return small >= 'a' && small <= 'f' ? static_cast<unsigned>(small - 'a') + 10U : 16U;
}

} // namespace

std::string to_header_value(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7F && c != '"' && c != '%') {
      out += c;
      continue;
    }
    out += '%';
    out += digits[byte >> 4U];
    out += digits[byte & 0x0FU];
  }
  return out;
}

std::string from_header_value(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  for (std::size_t at = 0; at < value.size(); ++at) {
    const bool escape = value[at] == '%' && at + 2 < value.size() && digit_value(value[at + 1]) < 16 &&
                        digit_value(value[at + 2]) < 16;
    if (!escape) {
      out += value[at];
      continue;
    }
    out += static_cast<char>(digit_value(value[at + 1]) * 16 + digit_value(value[at + 2]));
    at += 2;
  }
  return out;
}

} // namespace orderd
