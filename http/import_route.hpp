/// Import of a catalogue.
#pragma once

#include "http/router.hpp"

#include <vector>

namespace orderd::http {

/// Appends `POST /stock/import`. Rows take effect one by one, as they are confirmed; a row that is refused
/// stops no other. Answers, once all are decided, how many were created, updated and refused, and the first
/// refusals by line.
void add_import_route(std::vector<route>& table);

} // namespace orderd::http
