/// Reads pages of the history of public events.
#pragma once

#include "actors/reply.hpp"
#include "actors/requests.hpp"
#include "config/result.hpp"
#include "persistence/store.hpp"

#include <cstddef>
#include <string>

namespace orderd {

/// One page, oldest first. It ends early, and may be empty, where it has looked at as many events as it may;
/// `more` then says that there is more to look at. Blocks for the store. Errors: as the reader.
[[nodiscard]] result<event_history_page>
read_event_history(store_reader& reader, const event_history_query& query, const std::string& source);

} // namespace orderd
