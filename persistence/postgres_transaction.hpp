/// One transaction that goes to PostgreSQL as one pipeline, and its commit as another.
#pragma once

#include "persistence/postgres_connection.hpp"

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace orderd {

/// Rolled back unless it was committed; the connection is closed where even that fails. One thread; must not
/// outlive the connection.
class postgres_transaction {
 public:
  /// What the connection must have prepared.
  [[nodiscard]] static std::span<const postgres_statement> statements() noexcept;

  /// Queues the beginning.
  explicit postgres_transaction(postgres_connection& connection);
  postgres_transaction(const postgres_transaction&) = delete;
  postgres_transaction& operator=(const postgres_transaction&) = delete;
  ~postgres_transaction();

  /// Queues a statement and returns its place in the answers. `rows`: what it must change, or `run` refuses,
  /// naming `what` the database lacks. Errors show in `run`.
  std::size_t add(const postgres_statement& statement, const postgres_parameters& parameters,
                  std::optional<std::size_t> rows = std::nullopt, const char* what = "");
  /// A place where a rehearsed crash may end the process, with all that was queued at the server. Free of
  /// cost otherwise.
  void pass(std::string_view fault_point);

  /// Runs what is queued; once. Errors: those of the connection, and refused, if a count is not met.
  [[nodiscard]] result<std::vector<postgres_rows>> run();
  /// After `run`. With an error the outcome is unknown.
  [[nodiscard]] result<void> commit();

 private:
  struct expected_rows {
    std::size_t place;
    std::size_t rows;
    const char* what;
  };

  postgres_connection& connection_;
  result<void> queued_;
  std::size_t count_ = 0;
  std::vector<expected_rows> expected_;
  bool is_open_ = true; ///< at the server, as far as is known
};

/// The columns of an `unnest`. Asserts that they are of one length: the server would fill up with nulls.
[[nodiscard]] postgres_parameters columns(std::initializer_list<postgres_array*> arrays);

} // namespace orderd
