/// A store with something of everything in it, and what its API shows of that.
#pragma once

#include "tests/e2e/running_orderd.hpp"

#include <map>
#include <string>
#include <vector>

namespace orderd::test {

/// Path to body.
using shown_answers = std::map<std::string, std::string>;

/// Fills the engine with items, reservations and orders in every state that a caller can bring about.
/// Returns the paths of what no list names.
std::vector<std::string> sell_everything(api_client& api, std::uint16_t port);

/// What the engine shows: lists, each order with its events, each item, and `more`.
shown_answers everything_shown(api_client& api, const std::vector<std::string>& more);

/// Requires the same answers byte for byte.
void check_same(const shown_answers& before, const shown_answers& after);

/// Places large orders until the journal has given its first segment back.
void sell_until_released(std::uint16_t port, const std::string& data_dir);

} // namespace orderd::test
