#include "config/log_line.hpp"

#include "config/limits.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace orderd::log {

namespace {

constexpr std::size_t not_utf8 = 0;

struct code_point {
  char32_t value;
  std::size_t bytes; ///< `not_utf8` if no valid sequence starts here
};

/// Reads one code point from the front of `text`, which is not empty. Overlong forms, surrogates and values
/// past U+10FFFF are not UTF-8: a reader that is laxer than ours could take them for a quote.
code_point decode(std::string_view text) noexcept {
  const auto byte = [text](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned char first = byte(0);
  if (first < 0x80)
    return {first, 1};
  const std::size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < bytes)
    return {0, not_utf8};
  char32_t value = first & (0x7fU >> bytes);
  for (std::size_t at = 1; at < bytes; ++at) {
    if ((byte(at) & 0xc0U) != 0x80U)
      return {0, not_utf8};
    value = (value << 6U) | (byte(at) & 0x3fU);
  }
  constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
  if (value < smallest[bytes] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
    return {0, not_utf8};
  return {value, bytes};
}

void append_unicode_escape(std::string& out, char32_t value) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4)
    out += digits[(value >> static_cast<unsigned>(shift)) & 0xfU];
}

template <class Number> void append_number(std::string& out, Number number) {
  std::array<char, 32> room;
  const auto end = std::to_chars(room.data(), room.data() + room.size(), number).ptr;
  out.append(room.data(), end);
}

struct append_value {
  std::string& out;

  void operator()(std::string_view text) const {
    out += '"';
    append_escaped(out, text, limits::log_string_bytes_max);
    out += '"';
  }
  void operator()(std::int64_t number) const { append_number(out, number); }
  void operator()(std::uint64_t number) const { append_number(out, number); }
  void operator()(double number) const {
    if (std::isfinite(number))
      append_number(out, number);
    else
      out += "null";
  }
  void operator()(bool truth) const { out += truth ? "true" : "false"; }
};

void append_key(std::string& out, std::string_view key) {
  if (key == "time" || key == "level" || key == "message")
    out += "field_";
  append_escaped(out, key, limits::log_string_bytes_max);
}

} // namespace

void append_escaped(std::string& out, std::string_view text, std::size_t bytes_max) {
  const std::size_t length = text.size();
  while (!text.empty()) {
    const auto [value, bytes] = decode(text);
    const std::size_t taken = bytes == not_utf8 ? 1 : bytes;
    if (length - text.size() + taken > bytes_max) {
      out += "...";
      return;
    }
    if (bytes == not_utf8)
      append_unicode_escape(out, 0xfffd);
    else if (value == '"' || value == '\\')
      (out += '\\') += static_cast<char>(value);
    else if (value == '\n')
      out += "\\n";
    else if (value < 0x20 || (value >= 0x7f && value <= 0x9f))
      append_unicode_escape(out, value);
    else
      out.append(text.substr(0, bytes));
    text.remove_prefix(taken);
  }
}

std::string json_line(timestamp moment, level severity, std::string_view message, fields with) {
  std::string out;
  out.reserve(128 + message.size());
  out += R"({"time":")";
  append_rfc3339(out, moment);
  out += R"(","level":")";
  (out += name_of(severity)) += R"(","message":)";
  append_value{out}(message);
  for (const field& each : with) {
    out += ",\"";
    append_key(out, each.key);
    out += "\":";
    std::visit(append_value{out}, each.value.get());
  }
  out += '}';
  return out;
}

std::string text_line(timestamp moment, level severity, std::string_view message, fields with) {
  std::string out;
  append_rfc3339(out, moment);
  ((out += ' ') += name_of(severity)) += ' ';
  append_escaped(out, message, limits::log_string_bytes_max);
  for (const field& each : with) {
    out += ' ';
    append_key(out, each.key);
    out += '=';
    std::visit(append_value{out}, each.value.get());
  }
  return out;
}

std::string_view name_of(level severity) noexcept {
  constexpr std::array<std::string_view, 5> names{"trace", "debug", "info", "warn", "error"};
  return names[static_cast<std::size_t>(severity)];
}

} // namespace orderd::log
