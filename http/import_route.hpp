/// The route that takes a whole catalogue.
#pragma once

#include "http/api.hpp"

#include <vector>

namespace orderd::http {

[[nodiscard]] std::vector<route> import_routes(const api_context& context);

} // namespace orderd::http
