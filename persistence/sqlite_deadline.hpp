/// What bounds the time of a list of the SQLite store.
#pragma once

#include "persistence/sqlite_connection.hpp"

#include <chrono>
#include <optional>

namespace orderd {

/// After this long a list is given up: a page number or total over a huge history must not hold the reader
/// for good.
inline constexpr std::chrono::seconds sqlite_query_time_max{10};

/// Bounds the time of the statements in its scope.
class sqlite_deadline {
 public:
  explicit sqlite_deadline(sqlite_connection& connection) noexcept : connection_(connection) {
    connection.set_deadline(std::chrono::steady_clock::now() + sqlite_query_time_max);
  }
  sqlite_deadline(const sqlite_deadline&) = delete;
  sqlite_deadline& operator=(const sqlite_deadline&) = delete;
  ~sqlite_deadline() { connection_.set_deadline(std::nullopt); }

 private:
  sqlite_connection& connection_;
};

} // namespace orderd
