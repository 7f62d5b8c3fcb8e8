/// The routes of orders.
#pragma once

#include "http/router.hpp"

#include <vector>

namespace orderd::http {

/// Appends the routes below `/orders`.
void add_order_routes(std::vector<route>& table);

} // namespace orderd::http
