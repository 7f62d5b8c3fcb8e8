#include "config/utf8.hpp"

namespace orderd {
namespace {

[[nodiscard]] unsigned char byte_at(std::string_view text, std::size_t index) noexcept {
  return static_cast<unsigned char>(text[index]);
}

} // namespace

std::size_t utf8_sequence_length(std::string_view text) noexcept {
  if (text.empty())
    return 0;
  const auto lead = byte_at(text, 0);
  if (lead < 0x80)
    return 1;
  if (lead < 0xC2 || lead > 0xF4)
    return 0;
  const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (text.size() < length)
    return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte_at(text, i) & 0xC0U) != 0x80U)
      return 0;
  }
  // Overlong forms, surrogates and values past U+10FFFF show in the second byte.
  const auto second = byte_at(text, 1);
  const bool refused = (lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
                       (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F);
  return refused ? 0 : length;
}

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const auto length = utf8_sequence_length(text);
    if (length == 0)
      return false;
    text.remove_prefix(length);
  }
  return true;
}

bool is_printable(std::string_view text, std::size_t bytes_max) noexcept {
  if (text.empty() || text.size() > bytes_max)
    return false;
  while (!text.empty()) {
    const auto byte = byte_at(text, 0);
    const auto length = utf8_sequence_length(text);
    const bool is_c1_control = length == 2 && byte == 0xC2 && byte_at(text, 1) < 0xA0;
    if (length == 0 || byte < 0x20 || byte == 0x7F || is_c1_control)
      return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string_view cut_utf8(std::string_view text, std::size_t bytes_max) noexcept {
  if (text.size() <= bytes_max)
    return text;
  while (bytes_max > 0 && (byte_at(text, bytes_max) & 0xC0U) == 0x80U)
    --bytes_max;
  return text.substr(0, bytes_max);
}

} // namespace orderd
