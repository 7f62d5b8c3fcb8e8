/// How a request for a new order becomes a command.
#pragma once

#include "http/call.hpp"

namespace orderd::http {

/// What new orders are made with. All that it refers to must outlive it.
struct creation_terms {
  const engine& core; ///< knows the catalogue
  const clock_port& clock;
  placement_mode placement = placement_mode::immediate;
  const std::string& currency;
};

/// Reads the body of `POST /orders`. Refusals in order: missing_user, invalid_field, unknown_status,
/// empty_items, forbidden, unknown_product.
[[nodiscard]] checked<order_request> read_creation(json_value json, const caller& who,
                                                   const creation_terms& terms);

/// Reads `POST /orders`. Refusals in order: unsupported_media_type, malformed_json, missing_user,
/// invalid_field, unknown_status, empty_items, forbidden, unknown_product. What only stock can know (units,
/// prices, an SKU that does not exist) is left to the engine.
[[nodiscard]] checked<order_request> read_creation(const call& c);

} // namespace orderd::http
