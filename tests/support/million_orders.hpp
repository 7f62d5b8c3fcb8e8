/// A shop's worth of rows, made by the database itself.
#pragma once

#include "tests/support/orderd_process.hpp"

#include <string>

namespace orderd::test {

/// Fills the empty, migrated table of orders with a million of them in the course of a day or so: most of
/// them completed; a handful accepted, which are the oldest of all; a hundred thousand customers, `whale`
/// with every thousandth order, and `leviathan` with every fifth: `registered` is a frequent status but for
/// the latter, who has it eighteen times, among the oldest. Throws std::runtime_error if that fails.
void load_million_orders(const std::string& url);

/// Fills the empty tables of products and reservations with `products` items. Each has an active reservation,
/// that of an order or, for every third, a buyer's for a day, and `ended` more are spread over them.
/// Throws std::runtime_error if that fails.
void load_reservations(const std::string& url, int products, int ended);

/// For a server that is to do that soon, and whose counts of what was read stand still between reads.
arguments settings_for_many_rows();

} // namespace orderd::test
