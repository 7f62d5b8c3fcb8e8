#include "http/request_target.hpp"

#include <cstddef>
#include <cstdint>

namespace orderd::http {
namespace {

/// Accepts bytes one by one and tells whether they form UTF-8 (no overlong forms, no surrogates).
class utf8_check {
 public:
  bool feed(std::uint8_t byte) noexcept {
    if (missing_ == 0)
      return begin(byte);
    if (byte < low_ || byte > high_)
      return false;
    low_ = 0x80;
    high_ = 0xBF;
    --missing_;
    return true;
  }
  [[nodiscard]] bool complete() const noexcept { return missing_ == 0; }

 private:
  bool begin(std::uint8_t byte) noexcept {
    if (byte < 0x80)
      return true;
    if (byte < 0xC2 || byte > 0xF4)
      return false;
    missing_ = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
    // The second byte is narrower after these leads: that is where overlong forms, surrogates and values
    // past U+10FFFF would hide.
    if (byte == 0xE0)
      low_ = 0xA0;
    else if (byte == 0xED)
      high_ = 0x9F;
    else if (byte == 0xF0)
      low_ = 0x90;
    else if (byte == 0xF4)
      high_ = 0x8F;
    return true;
  }

  int missing_ = 0;
  std::uint8_t low_ = 0x80;
  std::uint8_t high_ = 0xBF;
};

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

bool is_clean(std::string_view text) noexcept {
  utf8_check utf8;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto byte = static_cast<std::uint8_t>(text[i]);
    if (byte <= 0x20 || byte >= 0x7F || byte == '#')
      return false;
    if (byte == '%') {
      if (i + 2 >= text.size())
        return false;
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high < 0 || low < 0 || high + low == 0)
        return false;
      byte = static_cast<std::uint8_t>(high * 16 + low);
      i += 2;
    }
    if (!utf8.feed(byte))
      return false;
  }
  return utf8.complete();
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
