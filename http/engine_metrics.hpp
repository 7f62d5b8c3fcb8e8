/// What the engine's actors measure, as figures for Prometheus.
#pragma once

#include "actors/engine_status.hpp"
#include "config/metrics.hpp"
#include "domain/time.hpp"

#include <vector>

namespace orderd::http {

/// Appends what the status tells beyond single numbers: histograms, and figures with labels. `at` is the
/// present. Labels take values of fixed lists only: kinds, results, steps, and ranks from 1 to 10. The status
/// must live until the page is made. (What was turned away is counted where it is answered.)
void append_engine_metrics(std::vector<metric>& all, const engine_status& now, timestamp at);

} // namespace orderd::http
