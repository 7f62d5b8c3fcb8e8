#include "http/request_target.hpp"

#include "config/utf8.hpp"
#include "http/percent_escape.hpp"

#include <cstddef>
#include <cstdint>

namespace orderd::http {
namespace {

/// Takes the character off `text` that the escapes at its front stand for; false if they stand for none, or
/// for NUL.
bool take_escaped_character(std::string_view& text) noexcept {
  char decoded[utf8_sequence_bytes_max];
  std::size_t count = 0;
  while (count < utf8_sequence_bytes_max) {
    const auto byte = escaped_byte(text.substr(count * percent_escape_size));
    if (!byte)
      break;
    decoded[count++] = static_cast<char>(*byte);
  }
  const auto length = utf8_sequence_length({decoded, count});
  if (length == 0 || decoded[0] == '\0')
    return false;
  text.remove_prefix(length * percent_escape_size);
  return true;
}

bool is_clean(std::string_view text) noexcept {
  while (!text.empty()) {
    const auto byte = static_cast<std::uint8_t>(text.front());
    if (byte <= 0x20 || byte >= 0x7F || byte == '#')
      return false;
    if (byte != '%')
      text.remove_prefix(1);
    else if (!take_escaped_character(text))
      return false;
  }
  return true;
}

bool starts_with_scheme(std::string_view text, std::string_view scheme) noexcept {
  if (text.size() < scheme.size())
    return false;
  for (std::size_t i = 0; i < scheme.size(); ++i) {
    const char c = text[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c) != scheme[i])
      return false;
  }
  return true;
}

/// Cuts scheme and authority off an absolute-form target; nothing if it is not one.
std::optional<std::string_view> without_authority(std::string_view text) noexcept {
  for (const std::string_view scheme : {std::string_view("http://"), std::string_view("https://")}) {
    if (!starts_with_scheme(text, scheme))
      continue;
    text.remove_prefix(scheme.size());
    const auto end = text.find_first_of("/?");
    const auto authority = text.substr(0, end);
    if (authority.empty() || !is_host_value(authority))
      return std::nullopt;
    return end == std::string_view::npos ? text.substr(text.size()) : text.substr(end);
  }
  return std::nullopt;
}

} // namespace

std::optional<request_target> parse_request_target(std::string_view text, bool allow_asterisk) noexcept {
  if (allow_asterisk && text == "*")
    return request_target{};
  if (text.empty() || !is_clean(text))
    return std::nullopt;
  if (text.front() != '/') {
    const auto rest = without_authority(text);
    if (!rest)
      return std::nullopt;
    text = *rest;
  }
  request_target target;
  const auto question = text.find('?');
  target.path = text.substr(0, question);
  if (question != std::string_view::npos)
    target.query = text.substr(question + 1);
  return target;
}

bool is_host_value(std::string_view text) noexcept {
  constexpr std::string_view others = "-._~:[]%!$&'()*+;=";
  for (const char c : text) {
    const bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!alphanumeric && others.find(c) == std::string_view::npos)
      return false;
  }
  return true;
}

} // namespace orderd::http
