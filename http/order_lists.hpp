/// The lists of orders and an order's timeline.
#pragma once

#include "http/call.hpp"
#include "http/cursor.hpp"

namespace orderd::http {

/// `GET /orders`: a customer's own, an operator's all; filters `status`, `customer_id`, `created_after`,
/// `created_before`.
void list_orders(call& c);
/// `GET /orders/me`: 401 without an identity, also for operators.
void list_own_orders(call& c);
/// `GET /orders/status/{status}`.
void list_orders_with_status(call& c);
/// `GET /orders/{id}/events`, oldest first.
void show_timeline(call& c);

/// What the answer to a list repeats of its request.
[[nodiscard]] reply_frame frame_of_list(const call& c, const paging& asked);

} // namespace orderd::http
