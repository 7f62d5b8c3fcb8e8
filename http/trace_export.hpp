/// The process's tracer, as the settings have it.
#pragma once

#include "config/settings.hpp"
#include "config/tracer.hpp"
#include "persistence/curl_trace_exporter.hpp"

namespace orderd::http {

/// What the collector is told of this process: its name, version and an id of its own.
[[nodiscard]] trace_export_options trace_export_of(const settings& s);

/// Records, and sends away what was recorded. Outlives everything that may be traced; its end waits a moment
/// for what has not been sent.
class trace_export {
 public:
  explicit trace_export(const settings& s);

  [[nodiscard]] tracer& spans() noexcept { return spans_; }

 private:
  tracer spans_;
  curl_trace_exporter exporter_;
};

} // namespace orderd::http
