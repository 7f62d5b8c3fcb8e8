/// The routes that tell whether the process lives and is ready.
#pragma once

#include "http/api.hpp"

#include <vector>

namespace orderd::http {

[[nodiscard]] std::vector<route> health_routes(const api_context& context);

} // namespace orderd::http
