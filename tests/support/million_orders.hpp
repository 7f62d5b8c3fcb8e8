/// A shop's worth of rows, made by the database itself.
#pragma once

#include "tests/support/orderd_process.hpp"

#include <string>

namespace orderd::test {

/// Fills the empty, migrated table of orders with a million of them in the course of a day or so: most of
/// them completed; a handful accepted, which are the oldest of all; a hundred thousand customers, and `whale`
/// with every thousandth order. Throws std::runtime_error if that fails.
void load_million_orders(const std::string& url);

/// For a server that is to do that soon, and whose counts of what was read stand still between reads.
arguments settings_for_many_rows();

} // namespace orderd::test
