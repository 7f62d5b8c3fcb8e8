/// One connection to PostgreSQL: prepared statements, one at a time or many in a pipeline, each with a
/// deadline on this side too, so that a server that accepts and never answers counts as down.
#pragma once

#include "config/result.hpp"
#include "persistence/postgres_connect.hpp"
#include "persistence/postgres_options.hpp"
#include "persistence/postgres_parameters.hpp"
#include "persistence/postgres_rows.hpp"

#include <memory>
#include <span>
#include <string>
#include <vector>

struct pg_result;

namespace orderd {

/// A statement that every connection of its kind prepares when it opens; BEGIN, COMMIT and the like can be
/// prepared as well. Both texts live for ever.
struct postgres_statement {
  const char* name;
  const char* sql;
};

/// One thread at a time. Moved-from objects are closed. Errors of all calls:
/// - store_failed: the server is away, is ending, or fails for a reason that may pass;
/// - timed_out: the statement timeout ran out, on the server or here, or the stop signal was raised; here it
///   closes the connection;
/// - locked: a lock was not had in time;
/// - no_space: the server has no disk space left;
/// - refused: the values violate a constraint, a type or a limit (SQLSTATE classes 22, 23, 54, P0).
/// The detail is the server's message with its SQLSTATE, and never contains the password. A lost connection
/// closes itself; what was under way then has an unknown outcome.
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

  /// Runs one prepared statement. Not while anything is queued (asserted).
  [[nodiscard]] result<postgres_rows> run(const postgres_statement& statement,
                                          const postgres_parameters& parameters);
  /// Runs texts divided by semicolons, as one transaction unless they say otherwise. Rows are dropped. Not
  /// while anything is queued (asserted); COPY is not possible (asserted).
  [[nodiscard]] result<void> execute(const std::string& sql);

  /// Appends a prepared statement to the pipeline and waits for nothing. Its parameters are copied.
  [[nodiscard]] result<void> queue(const postgres_statement& statement,
                                   const postgres_parameters& parameters);
  /// Hands what is queued to the network. The server runs it at once, a COMMIT too, and keeps the answers:
  /// after the error of a statement it skips those behind it up to `sync`.
  [[nodiscard]] result<void> flush();
  /// Sends what is queued and waits for all the answers, in order: one each. Returns the first error, and the
  /// server has skipped the statements behind it: outside of a transaction nothing since the last `sync` has
  /// happened, inside of one it is failed and awaits its rollback. One deadline for all.
  [[nodiscard]] result<std::vector<postgres_rows>> sync();

  /// False once the connection is lost: open another.
  [[nodiscard]] bool is_open() const noexcept { return handle_ != nullptr; }
  void close() noexcept { handle_.reset(); }

 private:
  [[nodiscard]] result<void> set_up(const postgres_options& options,
                                    std::span<const postgres_statement> statements,
                                    postgres_deadline deadline);
  [[nodiscard]] result<void> queued(int accepted);
  [[nodiscard]] result<std::vector<postgres_rows>> exchange(postgres_deadline deadline);
  [[nodiscard]] result<pg_result*> next_answer(postgres_deadline deadline);
  [[nodiscard]] postgres_deadline statement_deadline() const;
  [[nodiscard]] tl::unexpected<error> lost();
  [[nodiscard]] tl::unexpected<error> late();

  postgres_handle handle_;
  std::chrono::milliseconds statement_timeout_{0};
  std::shared_ptr<const stop_signal> stop_;
  std::size_t queued_ = 0;
};

} // namespace orderd
