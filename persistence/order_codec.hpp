/// A whole order as bytes. Format: event_codec.md, "States", where whoever keeps them adds the version.
#pragma once

#include "config/result.hpp"
#include "domain/order.hpp"

#include <string>
#include <string_view>

namespace orderd {

/// Appends the order's state to `out`.
void encode_order(std::string& out, const order& state);

/// Errors: damaged, if these are not the bytes of an order. Never asks for more memory than the bytes can
/// explain.
[[nodiscard]] result<order> decode_order(std::string_view bytes);

} // namespace orderd
