/// Looks into the tables from outside, past the program that writes them.
#pragma once

#include "tests/e2e/order_load.hpp"
#include "tests/support/postgres_server.hpp"

#include <map>
#include <string>

namespace orderd::test {

struct stored_row {
  std::string customer_id;
  std::string status;
  std::int64_t version = 0;
};

/// The table of orders by id.
std::map<std::string, stored_row> stored_orders(const std::string& url);

/// Waits until the store has all that is durable.
void wait_for_store(api_client& api);

/// Checks that the tables fit each other and what the API shows of the stock: each event there once and
/// without a gap, as many of each order and item as its version says, and reservations, stock and orders that
/// hold the same units. And an audit finds nothing.
void check_tables(const std::string& url, api_client& api);

/// Checks that every order that a client was told of is in the table as it was told, or as it asked for in
/// vain, and that no more orders are there than were asked for; so for reservations. To be called with the
/// server up and before the load takes up what it shows.
void check_books(const std::string& url, const order_load& load);

} // namespace orderd::test
