/// The data of public events: JSON objects, one shape for each type. The schemas in event_schemas.cpp say the
/// same.
#pragma once

#include "domain/public_events.hpp"

#include <string>

namespace orderd {

/// What the outside is told as `type` of an order's event. `after` has followed it.
[[nodiscard]] std::string payload_of(public_event_type type, const order_event& e, const order_trail& after);
/// The same of a stock item's event.
[[nodiscard]] std::string payload_of(public_event_type type, const stock_event& e);

} // namespace orderd
