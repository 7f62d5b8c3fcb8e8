/// The engine's figures for Prometheus.
#pragma once

#include "http/router.hpp"

#include <vector>

namespace orderd::http {

/// Appends `/metrics`. It needs no identity.
void add_metrics_route(std::vector<route>& table);

} // namespace orderd::http
