/// The figures of the moment as JSON, for people's pages.
#pragma once

#include "http/router.hpp"

#include <vector>

namespace orderd::http {

/// Appends `/status`, which is for operators. All totals are since the start.
void add_status_routes(std::vector<route>& table);

} // namespace orderd::http
