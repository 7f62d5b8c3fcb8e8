/// Where events go to and come from, and how far they are: `/sinks`.
#pragma once

#include "actors/engine.hpp"
#include "config/json_writer.hpp"
#include "http/event_links.hpp"
#include "http/router.hpp"

#include <vector>

namespace orderd::http {

/// The sources of the process, at this moment.
[[nodiscard]] std::vector<source_status> sources_of(const call& c);

/// The member `sinks`: each with its state and lag.
void write_sinks(json_writer& json, const engine_status& status);

/// The members `sinks` and `sources`: each with its state and, without a word of what is behind it, its lag.
void write_links(json_writer& json, const engine_status& status, const std::vector<source_status>& sources);

void add_sink_routes(std::vector<route>& table);

} // namespace orderd::http
