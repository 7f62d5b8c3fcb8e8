#include "http/trace_export.hpp"

#include "config/clock.hpp"
#include "config/id_source.hpp"
#include "config/trace_headers.hpp"
#include "config/version.hpp"

namespace orderd::http {

trace_export_options trace_export_of(const settings& s) {
  trace_export_options options;
  options.url = s.traces_endpoint;
  while (options.url.ends_with('/'))
    options.url.pop_back();
  options.url += "/v1/traces";
  // The table of settings has read it already.
  options.headers = parse_trace_headers(s.traces_headers).value_or(std::vector<std::string>{});
  options.resource = {{"service.name", s.service_name},
                      {"service.version", std::string(program_version())},
                      {"service.instance.id", to_string(fresh_id(system_clock_port{}))}};
  return options;
}

trace_export::trace_export(const settings& s)
    : spans_({s.trace_sampler, s.trace_ratio, s.traces_per_second_max}),
      exporter_(spans_, trace_export_of(s)) {}

} // namespace orderd::http
