/// The settings, as the parts of the process take them.
#pragma once

#include "actors/engine.hpp"
#include "config/settings.hpp"
#include "http/server.hpp"
#include "persistence/postgres_options.hpp"

#include <optional>

namespace orderd::http {

/// The database behind the engine: DATABASE_URL as it is, or what DB_HOST and its companions say. Nothing if
/// neither it nor DB_HOST nor DB_NAME is set: the store is an embedded file.
[[nodiscard]] std::optional<postgres_options> database_of(const settings& s);

/// Never interrupted.
[[nodiscard]] engine_options engine_options_of(const settings& s);

[[nodiscard]] server_limits server_limits_of(const settings& s);

} // namespace orderd::http
