#include "config/settings_table.hpp"
#include "config/trace_headers.hpp"
#include "config/url_check.hpp"

#include <algorithm>

namespace orderd {
namespace {

bool is_endpoint(std::string_view text) { return text.empty() || is_http_url(text, url_query::refused); }

bool is_header_list(std::string_view text) { return parse_trace_headers(text).has_value(); }

} // namespace

void add_traces(std::vector<setting>& rows) {
  constexpr auto group = setting_group::traces;
  rows.push_back({"OTEL_EXPORTER_OTLP_ENDPOINT", group,
                  text_kind(&settings::traces_endpoint, "URL",
                            "http:// or https://, a host, a port and a path", is_endpoint),
                  "Collector that traces are sent to by OTLP over HTTP, at v1/traces below this; empty: "
                  "nothing is traced."});
  rows.push_back(
      {"OTEL_EXPORTER_OTLP_HEADERS",
       group,
       text_kind(&settings::traces_headers, "headers", "name=value, divided by commas", is_header_list),
       "Sent with them, as for the collector's authentication; values may be percent-encoded.",
       {},
       true});
  using enum trace_sampler;
  rows.push_back(
      {"OTEL_TRACES_SAMPLER", group,
       choice_kind<trace_sampler>(&settings::trace_sampler, {{"parentbased_always_on", parent_always_on},
                                                             {"parentbased_traceidratio", parent_ratio},
                                                             {"parentbased_always_off", parent_always_off},
                                                             {"always_on", always_on},
                                                             {"traceidratio", ratio},
                                                             {"always_off", always_off}}),
       "Which requests are traced. parentbased_*: one that comes with a traceparent, as that says; "
       "always_on, traceidratio and always_off: all others, that share of them, none."});
  rows.push_back({"OTEL_TRACES_SAMPLER_ARG", group, share_kind(&settings::trace_ratio, "share"),
                  "The share of the samplers that are called traceidratio."});
  rows.push_back({"ORDERD_TRACES_PER_SECOND_MAX", group,
                  number_kind(&settings::traces_per_second_max, "traces a second", 1, 100'000),
                  "Of the requests that would be traced, so many a second are, whoever asks for more."});
}

} // namespace orderd
