/// The store in a PostgreSQL database.
#pragma once

#include "persistence/postgres_options.hpp"
#include "persistence/store.hpp"

#include <functional>
#include <memory>

namespace orderd {

/// A store in the database that `options` names. Nothing is connected yet: `open_writer` connects, migrates
/// and takes the database over; each reader is a connection of its own. `interrupted` is asked while
/// `open_writer` links events that an earlier version of the program wrote, which takes a while for many;
/// then it fails with timed_out, and the next one goes on.
[[nodiscard]] std::unique_ptr<store> make_postgres_store(
    postgres_options options, std::function<bool()> interrupted = [] { return false; });

/// Brings the schema up to date without taking the database over, and returns its number. Events that an
/// earlier version wrote get their links. Errors: newer_format, and those of a connection; timed_out, if
/// `interrupted` says so; refused or superseded, if another process writes meanwhile.
[[nodiscard]] result<int> migrate_postgres(
    const postgres_options& options, const std::function<bool()>& interrupted = [] { return false; });

} // namespace orderd
