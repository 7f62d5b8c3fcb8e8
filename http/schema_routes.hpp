/// The JSON Schemas of public events.
#pragma once

#include "http/router.hpp"

#include <vector>

namespace orderd::http {

/// `GET /schemas` lists them, `GET /schemas/{name}`, with or without `.json`, shows one. For everybody.
void add_schema_routes(std::vector<route>& table);

} // namespace orderd::http
