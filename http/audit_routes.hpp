/// What the history proves: `/audit` of the whole, `/stock/{sku}/proof` of one item. For operators.
#pragma once

#include "actors/reply.hpp"
#include "http/router.hpp"
#include "http/server.hpp"

#include <vector>

namespace orderd::http {

/// 200 if nothing differs, else 500; the same body either way.
[[nodiscard]] response audit_response(const audit_result& found);

void add_audit_routes(std::vector<route>& table);

} // namespace orderd::http
