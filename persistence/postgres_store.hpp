/// The store in a PostgreSQL database.
#pragma once

#include "persistence/postgres_options.hpp"
#include "persistence/store.hpp"

#include <memory>

namespace orderd {

/// A store in the database that `options` names. Nothing is connected yet: `open_writer` connects, migrates
/// and takes the database over; each reader is a connection of its own.
[[nodiscard]] std::unique_ptr<store> make_postgres_store(postgres_options options);

/// Brings the schema up to date without taking the database over, and returns its number. Errors:
/// newer_format, and those of a connection.
[[nodiscard]] result<int> migrate_postgres(const postgres_options& options);

} // namespace orderd
