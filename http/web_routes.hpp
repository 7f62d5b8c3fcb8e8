/// The pages that are served from memory.
#pragma once

#include "http/router.hpp"

#include <optional>
#include <vector>

namespace orderd::http {

/// The file that is served at the path of this request; nothing if there is none. Needs no engine. Any
/// thread.
[[nodiscard]] std::optional<response> asset_answer(const request& in);

/// Appends one route for each of `web_assets`, and those of the pages themselves. They need no identity: what
/// is secret they ask the API for.
void add_web_routes(std::vector<route>& table);

} // namespace orderd::http
