#include "domain/uuid.hpp"

namespace orderd {

namespace {

constexpr std::size_t text_size = 36;

[[nodiscard]] constexpr bool is_dash_position(std::size_t i) noexcept {
  return i == 8 || i == 13 || i == 18 || i == 23;
}

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

} // namespace

uuid make_uuid_v7(timestamp at, std::uint64_t random_high, std::uint64_t random_low) noexcept {
  uuid id;
  const auto milliseconds = static_cast<std::uint64_t>(at.time_since_epoch().count());
  for (std::size_t i = 0; i < 6; ++i)
    id.bytes[i] = static_cast<std::uint8_t>(milliseconds >> (40 - 8 * i));
  id.bytes[6] = static_cast<std::uint8_t>(0x70U | ((random_high >> 8) & 0x0FU));
  id.bytes[7] = static_cast<std::uint8_t>(random_high);
  for (std::size_t i = 0; i < 8; ++i)
    id.bytes[8 + i] = static_cast<std::uint8_t>(random_low >> (56 - 8 * i));
  id.bytes[8] = static_cast<std::uint8_t>(0x80U | (id.bytes[8] & 0x3FU));
  return id;
}

std::optional<uuid> parse_uuid(std::string_view text) noexcept {
  if (text.size() != text_size)
    return std::nullopt;
  uuid id;
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text_size; ++i) {
    if (is_dash_position(i)) {
      if (text[i] != '-')
        return std::nullopt;
      continue;
    }
    const int value = hex_value(text[i]);
    if (value < 0)
      return std::nullopt;
    auto& byte = id.bytes[digits / 2];
    byte = static_cast<std::uint8_t>(byte << 4 | value);
    ++digits;
  }
  return id;
}

void append_uuid(std::string& out, const uuid& id) {
  static constexpr char hex[] = "0123456789abcdef";
  char text[text_size];
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text_size; ++i) {
    if (is_dash_position(i)) {
      text[i] = '-';
      continue;
    }
    const std::uint8_t byte = id.bytes[digits / 2];
    text[i] = hex[digits % 2 == 0 ? byte >> 4 : byte & 0x0F];
    ++digits;
  }
  out.append(text, text_size);
}

std::string to_string(const uuid& id) {
  std::string out;
  out.reserve(text_size);
  append_uuid(out, id);
  return out;
}

} // namespace orderd
