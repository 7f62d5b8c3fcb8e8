/// The routes of orders.
#pragma once

#include "http/api.hpp"

#include <vector>

namespace orderd::http {

[[nodiscard]] std::vector<route> order_routes(const api_context& context);

} // namespace orderd::http
