/// Whether the process lives, and whether it takes orders.
#pragma once

#include "http/router.hpp"

#include <vector>

namespace orderd::http {

/// Appends `/health`, `/health/live` and `/health/ready`. They need no identity.
void add_health_routes(std::vector<route>& table);

} // namespace orderd::http
