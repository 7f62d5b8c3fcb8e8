/// The routes of the ledger's accounts.
#pragma once

#include "http/router.hpp"

#include <vector>

namespace orderd::http {

/// Appends the routes below `/accounts`. Where PAYMENTS is not `ledger` they answer 404 and say so.
void add_account_routes(std::vector<route>& table);

} // namespace orderd::http
