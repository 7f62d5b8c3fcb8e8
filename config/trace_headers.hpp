/// The headers that OpenTelemetry's environment variables name.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace orderd {

/// Reads `name=value,name=value` (OpenTelemetry's specification of its exporter: W3C Baggage without
/// properties) and returns lines like `name: value`. Values may be percent-encoded; blanks around names and
/// values are left out. Nothing if it is no such list, or too long, or a name or a value cannot stand in a
/// header of HTTP.
[[nodiscard]] std::optional<std::vector<std::string>> parse_trace_headers(std::string_view text);

} // namespace orderd
