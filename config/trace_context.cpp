#include "config/trace_context.hpp"

#include <algorithm>
#include <cstddef>
#include <random>

namespace orderd {
namespace {

constexpr std::size_t version_00_bytes = 55; // 00-<32>-<16>-<2>

/// The value of a digit in lower case: the recommendation allows no other. 16 for anything else.
[[nodiscard]] std::uint8_t value_of(char digit) noexcept {
  if (digit >= '0' && digit <= '9')
    return static_cast<std::uint8_t>(digit - '0');
  return digit >= 'a' && digit <= 'f' ? static_cast<std::uint8_t>(digit - 'a' + 10) : std::uint8_t{16};
}

/// Fills `out` from twice as many digits.
template <std::size_t Bytes>
[[nodiscard]] bool read_hex(std::string_view text, std::array<std::uint8_t, Bytes>& out) noexcept {
  for (std::size_t i = 0; i < Bytes; ++i) {
    const auto high = value_of(text[2 * i]);
    const auto low = value_of(text[2 * i + 1]);
    if (high > 15 || low > 15)
      return false;
    out[i] = static_cast<std::uint8_t>(high << 4U | low);
  }
  return true;
}

template <std::size_t Bytes> void append_hex(std::string& out, const std::array<std::uint8_t, Bytes>& bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  for (const auto each : bytes)
    (out += digits[each >> 4U]) += digits[each & 0x0FU];
}

template <std::size_t Bytes> [[nodiscard]] bool is_nil(const std::array<std::uint8_t, Bytes>& id) noexcept {
  return std::all_of(id.begin(), id.end(), [](auto each) { return each == 0; });
}

template <class Id> [[nodiscard]] Id fresh() {
  thread_local std::mt19937_64 source = [] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device(), device(), device(), device(), device()};
    return std::mt19937_64(seed);
  }();
  Id id{};
  while (is_nil(id)) {
    for (std::size_t at = 0; at < id.size(); at += sizeof(std::uint64_t)) {
      auto bits = source();
      for (std::size_t i = 0; i < sizeof bits; ++i, bits >>= 8U)
        id[at + i] = static_cast<std::uint8_t>(bits);
    }
  }
  return id;
}

} // namespace

std::optional<trace_context> parse_traceparent(std::string_view text) noexcept {
  std::array<std::uint8_t, 1> version{};
  std::array<std::uint8_t, 1> flags{};
  trace_context read;
  if (text.size() < version_00_bytes || !read_hex(text, version) || version[0] == 0xFF ||
      (text.size() > version_00_bytes && (version[0] == 0 || text[version_00_bytes] != '-')))
    return std::nullopt;
  if (text[2] != '-' || text[35] != '-' || text[52] != '-' || !read_hex(text.substr(3), read.trace) ||
      !read_hex(text.substr(36), read.span) || !read_hex(text.substr(53), flags) || is_nil(read.trace) ||
      is_nil(read.span))
    return std::nullopt;
  read.sampled = (flags[0] & 1U) != 0;
  return read;
}

std::string to_traceparent(const trace_context& context) {
  std::string out = "00-";
  append_hex(out, context.trace);
  append_hex(out += '-', context.span);
  return out += context.sampled ? "-01" : "-00";
}

std::string to_text(const trace_id& id) {
  std::string out;
  append_hex(out, id);
  return out;
}

trace_id fresh_trace_id() { return fresh<trace_id>(); }

span_id fresh_span_id() { return fresh<span_id>(); }

} // namespace orderd
