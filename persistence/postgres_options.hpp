/// How a PostgreSQL database is reached.
#pragma once

#include <chrono>
#include <string>

namespace orderd {

struct postgres_options {
  std::string conninfo; ///< libpq's: a `postgresql://` URI or `keyword=value` pairs. May hold a password
  std::string schema = "public";
  std::chrono::milliseconds connect_timeout{5'000};    ///< name resolution excluded
  std::chrono::milliseconds statement_timeout{10'000}; ///< of a statement, or of a whole pipeline
  std::chrono::milliseconds tcp_timeout{10'000};       ///< unacknowledged data and keepalives
};

} // namespace orderd
