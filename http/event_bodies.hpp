/// The payloads of consumed events, checked.
#pragma once

#include "actors/requests.hpp"
#include "http/json_reader.hpp"
#include "http/query_string.hpp"

#include <optional>
#include <string>

namespace orderd::http {

/// Units that have come in.
struct stock_received_body {
  std::string sku;
  adjust_stock change; ///< by at least one unit
};
/// `sku` and `qty` (or `quantity`) are required; `reason` may be there.
[[nodiscard]] checked<stock_received_body> read_stock_received(json_value payload);

/// What a payment service says, and of which order.
struct payment_notice_body {
  uuid order_id;
  payment_notice notice; ///< its finding is the subject's
};
/// `order_id` is required; `attempt` and `reason` may be there.
[[nodiscard]] checked<payment_notice_body> read_payment_notice(json_value payload, noticed_payment finding);

/// The key that an order is submitted under: the member `idempotency_key`; nothing without one.
[[nodiscard]] checked<std::optional<std::string>> read_order_key(json_value payload);

} // namespace orderd::http
