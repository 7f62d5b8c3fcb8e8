/// The figures of a moment, as JSON for operators.
#pragma once

#include "actors/engine_status.hpp"
#include "config/histogram.hpp"
#include "config/json_writer.hpp"

#include <string_view>

namespace orderd::http {

/// Writes the member `name`: `bounds_seconds`, and `counts`, one more, each of the values above the bound
/// before it.
void write_histogram(json_writer& json, std::string_view name, const histogram_snapshot& counted);

/// Writes a number that has a fraction, to the thousandth.
void write_thousandths(json_writer& json, std::string_view name, double number);

/// Writes these members into the object that is open: `reservations`, `journal`, `store`,
/// `entities`, `sagas`, `event_streams`, `hot_skus` and `sinks`. Totals are since the start.
void write_engine_status(json_writer& json, const engine_status& now);

} // namespace orderd::http
