/// The pages that are served from memory.
#pragma once

#include "http/router.hpp"

#include <vector>

namespace orderd::http {

/// Appends one route for each of `web_assets`, and those of the pages themselves. They need no identity: what
/// is secret they ask the API for.
void add_web_routes(std::vector<route>& table);

} // namespace orderd::http
