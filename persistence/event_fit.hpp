/// Whether an event that was stored may follow: what the domain asserts of events that it made itself is
/// asked of these, in numbers that never overflow.
#pragma once

#include "domain/account.hpp"
#include "domain/events.hpp"
#include "domain/order.hpp"
#include "domain/stock.hpp"

namespace orderd {

/// Why the event cannot be the next one of what has this state, as the end of a sentence about it; null if
/// it can: then `evolve` takes it.
[[nodiscard]] const char* misfit(const order& state, const order_event& e);
[[nodiscard]] const char* misfit(const stock_item& state, const stock_event& e);
[[nodiscard]] const char* misfit(const account& state, const account_event& e);

/// Whether this can be the state of an order that somebody was told of, or will be.
[[nodiscard]] bool adds_up(const order& state);

} // namespace orderd
