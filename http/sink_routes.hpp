/// Where events go to, and how far they have come: `/sinks`.
#pragma once

#include "actors/engine.hpp"
#include "config/json_writer.hpp"
#include "http/router.hpp"

#include <vector>

namespace orderd::http {

/// The member `sinks`: each with its state and lag.
void write_sinks(json_writer& json, const engine_status& status);

void add_sink_routes(std::vector<route>& table);

} // namespace orderd::http
