/// What requests may append to the journal.
#pragma once

#include "actors/requests.hpp"
#include "config/settings.hpp"

#include <cstdint>

namespace orderd {

// Bytes that the request may append to the journal until it is answered, at most: its events, those that it
// causes elsewhere, and the record of its answer if it has a key. 0 for a read.
[[nodiscard]] std::uint64_t journal_weight_of(const order_request& request, payments_mode payments);
[[nodiscard]] std::uint64_t journal_weight_of(const stock_request& request, payments_mode payments);
[[nodiscard]] std::uint64_t journal_weight_of(const account_request& request, payments_mode payments);
[[nodiscard]] std::uint64_t journal_weight_of(const keyed_task& task, payments_mode payments);
/// The same for whatever the processor may have to do with one order.
[[nodiscard]] std::uint64_t journal_weight_of_attention(payments_mode payments);

} // namespace orderd
