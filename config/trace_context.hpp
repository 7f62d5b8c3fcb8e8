/// Where a request stands in a trace that goes through many services (W3C Trace Context, level 1).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace orderd {

/// Never all zero, in one that is valid.
using trace_id = std::array<std::uint8_t, 16>;
/// All zero where it stands for none.
using span_id = std::array<std::uint8_t, 8>;

/// The span that something happens in.
struct trace_context {
  orderd::trace_id trace{};
  span_id span{};
  bool sampled = false; ///< whoever began the trace wants it recorded

  bool operator==(const trace_context&) const = default;
};

/// Reads the header `traceparent`. Nothing for one that the recommendation (section 3.2) calls invalid. Of a
/// version that is yet to come it reads what version 00 knows, as section 4.1 has it.
[[nodiscard]] std::optional<trace_context> parse_traceparent(std::string_view text) noexcept;

/// The header of version 00.
[[nodiscard]] std::string to_traceparent(const trace_context& context);

/// 32 hexadecimal digits in lower case.
[[nodiscard]] std::string to_text(const trace_id& id);

/// Fresh random ids, never all zero. Any thread.
[[nodiscard]] trace_id fresh_trace_id();
[[nodiscard]] span_id fresh_span_id();

} // namespace orderd
