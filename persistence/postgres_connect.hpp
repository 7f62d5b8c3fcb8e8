/// Opens connections to PostgreSQL and waits on their sockets: every wait has a deadline.
#pragma once

#include "config/result.hpp"
#include "persistence/postgres_options.hpp"

#include <chrono>
#include <memory>
#include <string>

struct pg_conn;

namespace orderd {

struct postgres_closer {
  void operator()(pg_conn* connection) const noexcept;
};
/// Owns a connection; says goodbye to the server without waiting for it.
using postgres_handle = std::unique_ptr<pg_conn, postgres_closer>;
using postgres_deadline = std::chrono::steady_clock::time_point;

/// Connects and leaves the connection in non-blocking mode; the session is not set up yet. Errors:
/// invalid_setting, store_failed, timed_out.
[[nodiscard]] result<postgres_handle> connect_postgres(const postgres_options& options,
                                                       postgres_deadline deadline);

/// Waits until the socket is ready for one of `events` (poll's) or has failed. False at the deadline, and
/// once `stop` (may be null) is raised.
[[nodiscard]] bool await_postgres(const pg_conn* connection, short events, postgres_deadline deadline,
                                  const stop_signal* stop);

/// Why a wait ended without an answer: `stop` is raised, or else `late` has come true.
[[nodiscard]] tl::unexpected<error> not_awaited(const stop_signal* stop, const std::string& late);

/// What libpq says of the connection, on one line.
[[nodiscard]] std::string postgres_message(const pg_conn* connection);

} // namespace orderd
