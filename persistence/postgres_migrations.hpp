/// The numbered steps of the PostgreSQL schema, which the table `schema_migrations` counts. A step that was
/// released is never changed; a change is a new step.
#pragma once

#include "config/result.hpp"
#include "persistence/postgres_options.hpp"

#include <span>

namespace orderd {

struct postgres_migration {
  int number = 0;                    ///< they ascend by one from 1
  const char* description = nullptr; ///< what the step is for, in a few words without quotes
  const char* sql = nullptr;
};

/// All steps, oldest first.
[[nodiscard]] std::span<const postgres_migration> postgres_migrations() noexcept;

/// Brings the schema that `options` names to the last of `steps` and returns its number. The schema is made
/// if it is missing. Each step is one transaction under an advisory lock, so processes may start at once and
/// a crash leaves whole steps. A schema that is up to date is only read: the role needs no right to change
/// it. Opens connections of its own. Errors: newer_format (naming both numbers and the schema),
/// invalid_setting (tables of another program are in the way), and those of a connection.
[[nodiscard]] result<int> migrate(const postgres_options& options, std::span<const postgres_migration> steps);

/// Refuses unless the schema is exactly the last step's. Errors: newer_format, store_failed (it waits for a
/// writer), and those of `migrate`.
[[nodiscard]] result<void> check_schema(const postgres_options& options,
                                        std::span<const postgres_migration> steps);

} // namespace orderd
