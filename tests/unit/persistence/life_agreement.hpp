/// Whether a store shows what a `life_history` led to.
#pragma once

#include "tests/unit/persistence/life_history.hpp"
#include "tests/unit/persistence/store_contract.hpp"

#include <string>
#include <vector>

namespace orderd::test {

/// So many random steps under the run's seed.
[[nodiscard]] life_history random_life(int steps);

// What the lists have to be, in their order.
[[nodiscard]] std::vector<unfinished_order> unfinished_of(const life_history& history);
[[nodiscard]] std::vector<acceptance_due> to_be_accepted_of(const life_history& history);
[[nodiscard]] std::vector<account_event> entries_of(const life_history& history, const std::string& id);

// The lists page after page.
[[nodiscard]] std::vector<unfinished_order> walk_unfinished(store_reader& reader, std::size_t limit);
[[nodiscard]] std::vector<acceptance_due> walk_to_be_accepted(store_reader& reader, std::size_t limit);
[[nodiscard]] std::vector<account_event> walk_entries(store_reader& reader, const std::string& id,
                                                      std::size_t limit);

/// By order.
[[nodiscard]] std::vector<payout_due> sorted(std::vector<payout_due> open);

/// Requires that single entities, which include what is aside, are what the history led to.
void require_lives(opened_store& s, const life_history& history);
/// The same of all that is shown, lists too.
void require_life(opened_store& s, const life_history& history);

} // namespace orderd::test
