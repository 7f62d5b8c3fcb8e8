/// Spans as the OpenTelemetry protocol's request for exporting traces (OTLP 1.x, protobuf).
#pragma once

#include "config/tracer.hpp"

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace orderd {

/// Who sends the spans: names and values as the semantic conventions for resources have them.
using trace_resource = std::vector<std::pair<std::string, std::string>>;

/// The bytes of an ExportTraceServiceRequest with one resource and one scope, `orderd`.
[[nodiscard]] std::string encode_traces(const trace_resource& from, std::span<const span> spans);

} // namespace orderd
