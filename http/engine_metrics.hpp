/// What the engine's actors measure, as figures for Prometheus.
#pragma once

#include "actors/engine_status.hpp"
#include "config/metrics.hpp"

#include <vector>

namespace orderd::http {

/// Appends what the status tells beyond single numbers: histograms, and figures with labels. The last of them
/// are `orderd_requests_shed_total`, so that reasons of somebody else can follow. Labels take values of fixed
/// lists only: kinds, results, steps, reasons, and ranks from 1 to 10. The status must live until the page
/// is made.
void append_engine_metrics(std::vector<metric>& all, const engine_status& now);

} // namespace orderd::http
