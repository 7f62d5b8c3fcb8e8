/// What a start reads from the store, which is up to date, before any entity is awake. Errors: the store's.
#pragma once

#include "actors/catalogue_index.hpp"
#include "actors/engine.hpp"
#include "actors/engine_measures.hpp"
#include "actors/request_index.hpp"
#include "config/result.hpp"
#include "persistence/store.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace orderd {

/// What the store remembers of requests, divided among those who remember.
[[nodiscard]] result<std::vector<request_index>>
read_remembered_requests(store_reader& reader, const engine_options& options, timestamp now);

/// How many orders need an operator, as far as pages are counted. From here on the orders count themselves.
[[nodiscard]] result<std::int64_t> count_stuck(store_reader& reader);

/// Counts the sagas under way by their step. From here on the orders count themselves. Looks at each
/// registered order as well.
[[nodiscard]] result<void> count_sagas(store_reader& reader, engine_measures& measures);

/// Fills the catalogue; returns the items that are to be woken at once: all or none. (A database may go away,
/// and what sleeps there cannot be sold then.)
[[nodiscard]] result<std::vector<std::string>> read_catalogue(store_reader& reader,
                                                              catalogue_index& catalogue, bool wakes_items);

} // namespace orderd
