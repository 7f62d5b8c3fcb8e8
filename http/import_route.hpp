/// Import of a catalogue.
#pragma once

#include "http/router.hpp"

#include <vector>

namespace orderd::http {

/// Appends `POST /stock/import`. Rows take effect one by one, as they are confirmed; a row that is refused
/// stops no other. Answers, once all are decided, how many were created, updated and refused, how many
/// of those for want of room, and the first refusals by line. It goes on if its client goes; a bounded number
/// is under way at once, and one more is 503. With an Idempotency-Key the answer is remembered once it is
/// given: an import that a crash cut short runs again. One whose rows were refused for want of room is not
/// remembered.
void add_import_route(std::vector<route>& table);

} // namespace orderd::http
