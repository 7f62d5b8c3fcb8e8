#include "config/trace_headers.hpp"

#include <algorithm>
#include <cstddef>

namespace orderd {
namespace {

constexpr std::size_t list_bytes_max = 4000;

[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// A token of RFC 9110, section 5.6.2.
[[nodiscard]] bool is_name(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char each) {
    return (each >= '0' && each <= '9') || (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(each) != std::string_view::npos;
  });
}

/// -1 for what is no digit.
[[nodiscard]] int hex_value(char digit) noexcept {
  if (digit >= '0' && digit <= '9')
    return digit - '0';
  const char lower = static_cast<char>(digit | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

[[nodiscard]] std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 3 <= text.size() ? hex_value(text[i + 1]) : -1;
    const int low = i + 3 <= text.size() ? hex_value(text[i + 2]) : -1;
    if (high < 0 || low < 0)
      return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  const bool is_printable =
      std::all_of(out.begin(), out.end(), [](char each) { return each >= 0x20 && each < 0x7F; });
  return is_printable ? std::optional(out) : std::nullopt;
}

} // namespace

std::optional<std::vector<std::string>> parse_trace_headers(std::string_view text) {
  std::vector<std::string> lines;
  if (text.size() > list_bytes_max)
    return std::nullopt;
  while (!text.empty()) {
    const auto end = std::min(text.find(','), text.size());
    const auto pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos)
      return std::nullopt;
    const auto name = trimmed(pair.substr(0, equals));
    const auto value = decoded(trimmed(pair.substr(equals + 1)));
    if (!is_name(name) || !value)
      return std::nullopt;
    lines.push_back(std::string(name) + ": " + *value);
  }
  return lines;
}

} // namespace orderd
