/// From the body of `POST /orders` to the command.
#pragma once

#include "http/api.hpp"
#include "http/json_reader.hpp"

#include <tl/expected.hpp>

namespace orderd::http {

/// Checks what the edge can know, in the order of the contract: missing identity, shape, empty items, whose
/// order it is, known products. Resolves product ids and quotes a draft's missing prices.
[[nodiscard]] tl::expected<create_order, problem> make_creation(const api_context& context, const caller& who,
                                                                reading<order_body>&& read);

} // namespace orderd::http
