/// Import of a catalogue.
#pragma once

#include "http/router.hpp"

#include <vector>

namespace orderd::http {

/// Appends `POST /stock/import`. Rows take effect one by one, as they are confirmed; a row that is refused
/// stops no other. Answers, once all are decided, how many were created, updated and refused, and the first
/// refusals by line. With an Idempotency-Key the answer is remembered once it is given: an import that a
/// crash cut short runs again. One whose rows were refused for want of room is not remembered.
void add_import_route(std::vector<route>& table);

} // namespace orderd::http
