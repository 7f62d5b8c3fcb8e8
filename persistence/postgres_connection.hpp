/// One connection to PostgreSQL: prepared statements, one at a time or many in a pipeline, each with a
/// deadline on this side too, so that a server that accepts and never answers counts as down.
#pragma once

#include "config/result.hpp"
#include "persistence/postgres_options.hpp"
#include "persistence/postgres_parameters.hpp"
#include "persistence/postgres_rows.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct pg_conn;

namespace orderd {

/// A statement that every connection of its kind prepares when it opens. Both texts live for ever.
struct postgres_statement {
  const char* name;
  const char* sql;
};

/// One thread at a time. Moved-from objects are closed. Errors of all calls:
/// - store_failed: the server is away, is ending, or fails for a reason that may pass;
/// - timed_out: the statement timeout ran out, on the server or here; here it closes the connection;
/// - locked: a lock was not had in time;
/// - no_space: the server has no disk space left;
/// - refused: the values violate a constraint, a type or a limit (SQLSTATE classes 22, 23, 54, P0).
/// The detail is the server's message with its SQLSTATE, and never contains the password.
class postgres_connection {
 public:
  /// Connects within the connect timeout, sets the session up (schema, timeouts, TCP keepalives, a durable
  /// `synchronous_commit`) and prepares the statements. More errors: invalid_setting, if the connection text
  /// cannot be parsed.
  [[nodiscard]] static result<postgres_connection> open(const postgres_options& options,
                                                        std::span<const postgres_statement> statements);

  postgres_connection() = default; ///< closed
  postgres_connection(postgres_connection&&) noexcept = default;
  postgres_connection& operator=(postgres_connection&&) noexcept = default;

  /// Runs one prepared statement. Not within a pipeline.
  [[nodiscard]] result<postgres_rows> run(const postgres_statement& statement,
                                          const postgres_parameters& parameters);
  /// Runs texts divided by semicolons, as one transaction unless they say otherwise. Rows are dropped.
  [[nodiscard]] result<void> execute(const std::string& sql);

  /// Appends a prepared statement to the pipeline. Its parameters are copied.
  [[nodiscard]] result<void> queue(const postgres_statement& statement,
                                   const postgres_parameters& parameters);
  /// Sends what is queued and waits for all the answers, in order. After an error the server has skipped the
  /// statements behind the one at fault, and an open transaction is failed. One deadline for all.
  [[nodiscard]] result<std::vector<postgres_rows>> sync();

  /// False once the connection is lost: open another.
  [[nodiscard]] bool is_open() const noexcept;
  void close() noexcept { handle_.reset(); }

 private:
  struct closer {
    void operator()(pg_conn* connection) const noexcept;
  };

  std::unique_ptr<pg_conn, closer> handle_;
  std::chrono::milliseconds statement_timeout_{0};
  std::size_t queued_ = 0;
};

} // namespace orderd
