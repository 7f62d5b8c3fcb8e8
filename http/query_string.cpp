#include "http/query_string.hpp"

#include "config/utf8.hpp"
#include "http/percent_escape.hpp"

#include <algorithm>

namespace orderd::http {
namespace {

/// Takes the text up to the next `&` off `rest`.
[[nodiscard]] std::string_view take_pair(std::string_view& rest) noexcept {
  const auto end = std::min(rest.find('&'), rest.size());
  const auto pair = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return pair;
}

} // namespace

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      decoded += ' ';
    } else if (text[i] != '%') {
      decoded += text[i];
    } else {
      const auto byte = escaped_byte(text.substr(i));
      if (!byte)
        return std::nullopt;
      decoded += static_cast<char>(*byte);
      i += percent_escape_size - 1;
    }
  }
  return is_utf8(decoded) ? std::optional(std::move(decoded)) : std::nullopt;
}

void append_percent_encoded(std::string& out, std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (const char c : text) {
    const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                            c == '-' || c == '.' || c == '_' || c == '~';
    const auto byte = static_cast<unsigned char>(c);
    if (unreserved) {
      out += c;
    } else {
      out += '%';
      out += digits[byte >> 4U];
      out += digits[byte & 0xFU];
    }
  }
}

checked<query_parameters> query_parameters::parse(std::string_view query) {
  query_parameters parsed;
  while (!query.empty()) {
    const auto pair = take_pair(query);
    if (pair.empty())
      continue;
    const auto equals = std::min(pair.find('='), pair.size());
    auto name = percent_decode(pair.substr(0, equals), true);
    auto value = percent_decode(pair.substr(std::min(equals + 1, pair.size())), true);
    if (!name || !value)
      return tl::unexpected(
          bad_parameter("the query has a bad percent escape in \"" + std::string(pair) + '"'));
    if (parsed.find(*name))
      return tl::unexpected(bad_parameter(*name + " is given twice", *name));
    parsed.all_.emplace_back(*std::move(name), *std::move(value));
  }
  return parsed;
}

std::optional<std::string_view> query_parameters::find(std::string_view name) const noexcept {
  for (const auto& [each, value] : all_) {
    if (each == name)
      return value;
  }
  return std::nullopt;
}

std::string without_position(std::string_view query) {
  std::string rest;
  while (!query.empty()) {
    const auto pair = take_pair(query);
    const auto name = pair.substr(0, pair.find('='));
    if (pair.empty() || name == "cursor" || name == "page")
      continue;
    if (!rest.empty())
      rest += '&';
    for (const char c : pair) {
      // What would end a link in a Link header.
      if (c == '<' || c == '>' || c == '"')
        append_percent_encoded(rest, {&c, 1});
      else
        rest += c;
    }
  }
  return rest;
}

} // namespace orderd::http
