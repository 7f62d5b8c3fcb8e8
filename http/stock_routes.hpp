/// The routes of stock and reservations.
#pragma once

#include "http/router.hpp"

#include <vector>

namespace orderd::http {

/// Appends the routes below `/stock`, but for the import.
void add_stock_routes(std::vector<route>& table);

} // namespace orderd::http
