/// The routes of stock items and their reservations.
#pragma once

#include "http/api.hpp"

#include <vector>

namespace orderd::http {

[[nodiscard]] std::vector<route> stock_routes(const api_context& context);

} // namespace orderd::http
