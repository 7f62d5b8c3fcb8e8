/// The numbered steps of the SQLite schema. A step that was released is never changed; a change is a new
/// step.
#pragma once

#include "persistence/sqlite_connection.hpp"

#include <span>

namespace orderd {

struct sqlite_migration {
  int number = 0; ///< what `user_version` is afterwards; they ascend by one from 1
  const char* sql = nullptr;
};

/// Marks a file as this program's, in SQLite's `application_id`: "ordd".
inline constexpr std::int64_t sqlite_application_id = 0x6F726464;

/// All steps, oldest first.
[[nodiscard]] std::span<const sqlite_migration> sqlite_migrations() noexcept;

/// Refuses a file of another program or of a newer one, and changes nothing. A new file passes.
[[nodiscard]] result<void> check_readable(sqlite_connection& connection,
                                          std::span<const sqlite_migration> steps);

/// Brings the schema to the last of `steps`, each step in a transaction of its own: a crash between two
/// leaves a schema that the next start continues from. Errors: newer_format (naming both numbers), damaged (a
/// file of another program), no_space, store_failed, locked.
[[nodiscard]] result<void> migrate(sqlite_connection& connection, std::span<const sqlite_migration> steps);

/// Refuses unless the schema is exactly the last step's.
[[nodiscard]] result<void> check_schema(sqlite_connection& connection,
                                        std::span<const sqlite_migration> steps);

} // namespace orderd
