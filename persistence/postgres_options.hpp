/// How a PostgreSQL database is reached.
#pragma once

#include "persistence/stop_signal.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace orderd {

/// Timeouts are positive. `conninfo` may say more (TLS, keepalives, `target_session_attrs` if not
/// read-write), and it wins, but for what is said here, `client_encoding` and `connect_timeout`.
struct postgres_options {
  std::string conninfo; ///< libpq's: a `postgresql://` URI or `keyword=value` pairs. May hold a password
  std::string schema = "public";
  std::chrono::milliseconds connect_timeout{5'000};    ///< over all hosts; name resolution excluded
  std::chrono::milliseconds statement_timeout{10'000}; ///< of a statement, or of a whole pipeline
  std::chrono::milliseconds tcp_timeout{10'000};       ///< unacknowledged data and keepalives
  /// Once it is raised, all waits end at once (timed_out). Null: none ends early.
  std::shared_ptr<const stop_signal> stop;
};

} // namespace orderd
