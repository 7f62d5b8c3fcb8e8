/// A connection for reading, which opens itself anew when it is lost and is quick to say that it cannot.
#pragma once

#include "persistence/postgres_connection.hpp"
#include "persistence/postgres_position.hpp"

#include <chrono>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace orderd {

/// A statement with its parameters.
struct postgres_call {
  const postgres_statement& statement;
  const postgres_parameters& parameters;
};

/// One thread at a time. Errors: those of a connection; behind, from a database that lacks what this process
/// has seen committed. For a short time after the database could not be
/// reached, all calls fail at once with the same error: a queue of reads does not wait a connect timeout
/// each.
class postgres_read_session {
 public:
  postgres_read_session(postgres_options options, std::shared_ptr<const postgres_position> position) noexcept
      : options_(std::move(options)), position_(std::move(position)) {}

  /// Connects unless it is connected.
  [[nodiscard]] result<void> open();

  /// Runs one statement, which sees one snapshot.
  [[nodiscard]] result<postgres_rows> run(const postgres_statement& statement,
                                          const postgres_parameters& parameters);
  /// Runs several in one snapshot and one pipeline.
  [[nodiscard]] result<std::vector<postgres_rows>> run_together(std::span<const postgres_call> calls);

  /// Opens a snapshot with a first statement. Then `run_within` sees the same, until `end_snapshot`, which
  /// must follow a success whatever happens.
  [[nodiscard]] result<postgres_rows> begin_snapshot(const postgres_statement& statement,
                                                     const postgres_parameters& parameters);
  [[nodiscard]] result<postgres_rows> run_within(const postgres_statement& statement,
                                                 const postgres_parameters& parameters);
  /// The same, but after a refusal the snapshot goes on.
  [[nodiscard]] result<postgres_rows> try_within(const postgres_statement& statement,
                                                 const postgres_parameters& parameters);
  void end_snapshot();

 private:
  /// Makes one call. A connection that was idle may turn out to be lost when it is used; reading twice
  /// changes nothing, so the call is made again on a new one, once.
  template <class Call> std::invoke_result_t<Call> attempt(const Call& call) {
    const bool was_open = connection_.is_open();
    if (auto opened = open(); !opened) {
      return tl::unexpected(opened.error());
    }
    auto outcome = call();
    const bool lost_while_idle =
        was_open && !outcome && !connection_.is_open() && outcome.error().code == error_code::store_failed;
    if (!lost_while_idle) {
      return outcome;
    }
    if (auto opened = open(); !opened) {
      return tl::unexpected(opened.error());
    }
    return call();
  }

  [[nodiscard]] result<void> connect();
  [[nodiscard]] result<std::vector<postgres_rows>> pipeline(std::span<const postgres_call> calls);

  postgres_options options_;
  std::shared_ptr<const postgres_position> position_;
  postgres_connection connection_;
  std::chrono::milliseconds pause_{0};                  ///< behind the last failure to connect
  std::chrono::steady_clock::time_point retry_at_ = {}; ///< no attempt before
  error away_{};                                        ///< why the last attempt failed
};

} // namespace orderd
