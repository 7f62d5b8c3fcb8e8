/// Public events for clients: a stream that stays open, and pages of the history.
#pragma once

#include "http/router.hpp"

#include <vector>

namespace orderd::http {

/// `GET /events`. Server-sent events, from now on or from where `Last-Event-ID`, `last_event_id` or `since`
/// say (the first of them counts); with `Accept: application/json` one page of the history. Filters: `type`,
/// `subject` (or `order_id`, `sku`), `customer_id`; whoever is no operator is told of own orders only.
void add_event_routes(std::vector<route>& table);

} // namespace orderd::http
