/// How a request for a new order becomes a command.
#pragma once

#include "http/call.hpp"

namespace orderd::http {

/// Reads `POST /orders`. Refusals in order: unsupported_media_type, malformed_json, missing_user,
/// invalid_field, unknown_status, empty_items, forbidden, unknown_product. What only stock can know (units,
/// prices, an SKU that does not exist) is left to the engine.
[[nodiscard]] checked<order_request> read_creation(const call& c);

} // namespace orderd::http
