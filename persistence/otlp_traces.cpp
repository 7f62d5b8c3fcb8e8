#include "persistence/otlp_traces.hpp"

#include "config/utf8.hpp"
#include "config/version.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace orderd {
namespace {

constexpr std::size_t text_bytes_max = 256;

/// What follows a field's number in its tag: how its value is written.
enum class wire : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2 };

void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80U; value >>= 7U)
    out.push_back(static_cast<char>(value | 0x80U));
  out.push_back(static_cast<char>(value));
}

void append_tag(std::string& out, std::uint32_t field, wire type) {
  append_varint(out, std::uint64_t{field} << 3U | static_cast<std::uint8_t>(type));
}

void append_number(std::string& out, std::uint32_t field, std::uint64_t value) {
  append_tag(out, field, wire::varint);
  append_varint(out, value);
}

void append_bytes(std::string& out, std::uint32_t field, std::string_view bytes) {
  append_tag(out, field, wire::bytes);
  append_varint(out, bytes.size());
  out.append(bytes);
}

void append_little_endian(std::string& out, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i, value >>= 8U)
    out.push_back(static_cast<char>(value));
}

void append_time(std::string& out, std::uint32_t field, trace_time at) {
  append_tag(out, field, wire::fixed64);
  append_little_endian(out, static_cast<std::uint64_t>(at), sizeof(std::uint64_t));
}

/// Texts of the protocol are UTF-8: anything else would have the receiver refuse the whole request.
[[nodiscard]] std::string sendable(std::string_view text) {
  std::string out;
  for (text = cut_utf8(text, text_bytes_max); !text.empty();) {
    const auto length = utf8_sequence_length(text);
    out += length == 0 ? std::string_view("?") : text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

template <std::size_t Bytes>
[[nodiscard]] std::string_view bytes_of(const std::array<std::uint8_t, Bytes>& id) noexcept {
  return {reinterpret_cast<const char*>(id.data()), Bytes};
}

/// The numbers of the fields, by message, as opentelemetry-proto's trace/v1 and common/v1 define them.
struct any_value {
  static void append(std::string& out, const std::string& text) { append_bytes(out, 1, sendable(text)); }
  static void append(std::string& out, bool truth) { append_number(out, 2, truth ? 1U : 0U); }
  static void append(std::string& out, std::int64_t number) {
    append_number(out, 3, static_cast<std::uint64_t>(number));
  }
};

template <class Value>
void append_key_value(std::string& out, std::uint32_t field, std::string_view key, const Value& value) {
  std::string held;
  any_value::append(held, value);
  std::string pair;
  append_bytes(pair, 1, key);
  append_bytes(pair, 2, held);
  append_bytes(out, field, pair);
}

[[nodiscard]] std::string encode(const span& one) {
  constexpr std::uint64_t status_error = 2;
  std::string out;
  append_bytes(out, 1, bytes_of(one.context.trace));
  append_bytes(out, 2, bytes_of(one.context.span));
  if (one.parent != span_id{})
    append_bytes(out, 4, bytes_of(one.parent));
  append_bytes(out, 5, sendable(one.name));
  append_number(out, 6, static_cast<std::uint8_t>(one.kind));
  append_time(out, 7, one.began);
  append_time(out, 8, one.ended);
  for (const auto& each : one.attributes)
    std::visit([&](const auto& value) { append_key_value(out, 9, each.key, value); }, each.value);
  if (one.failed) {
    std::string status;
    append_number(status, 3, status_error);
    append_bytes(out, 15, status);
  }
  return out;
}

} // namespace

std::string encode_traces(const trace_resource& from, std::span<const span> spans) {
  std::string resource;
  for (const auto& [key, value] : from)
    append_key_value(resource, 1, key, value);
  std::string scope;
  append_bytes(scope, 1, "orderd");
  append_bytes(scope, 2, program_version());
  std::string scope_spans;
  append_bytes(scope_spans, 1, scope);
  for (const auto& each : spans)
    append_bytes(scope_spans, 2, encode(each));
  std::string resource_spans;
  append_bytes(resource_spans, 1, resource);
  append_bytes(resource_spans, 2, scope_spans);
  std::string out;
  append_bytes(out, 1, resource_spans);
  return out;
}

} // namespace orderd
