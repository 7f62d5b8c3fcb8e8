/// The books of orders that are paid for: what the service or the ledger, the stock and the orders say has to
/// fit, whatever happened to whom.
#pragma once

#include "tests/e2e/running_orderd.hpp"
#include "tests/support/payment_stand_in.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace orderd::test {

/// Flags for an engine that is paid by this service, and has little patience with it.
arguments paid_by(const payment_stand_in& service, const arguments& more = {});
/// Flags for an engine that keeps the accounts itself.
arguments paid_inside(const arguments& more = {});

/// Waits until no order has a step under way and none is registered, and returns all orders by their ids.
std::map<std::string, json_view> ended_sagas(api_client& api);

/// Of each SKU there were `units` at the beginning: those that left and those that are held are the orders'.
/// And an audit finds nothing.
void check_stock_of(api_client& api, const std::map<std::string, json_view>& orders,
                    const std::vector<std::string>& skus, std::int64_t units);

/// The service holds and has what the orders say, for each order once, and nothing for anything else.
void check_service(const payment_stand_in& service, const std::map<std::string, json_view>& orders);

/// The accounts of buyers, by what was deposited, and those of runners have what the orders say, to the cent.
void check_accounts(api_client& api, const std::map<std::string, json_view>& orders,
                    const std::map<std::string, std::int64_t>& deposits,
                    const std::vector<std::string>& runners);

} // namespace orderd::test
