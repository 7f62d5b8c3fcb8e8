/// What bounds a list of the SQLite store.
#pragma once

#include "domain/assert.hpp"
#include "persistence/sqlite_connection.hpp"
#include "persistence/store.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

namespace orderd {

/// Rows of one page or one timeline at most, whatever is asked for.
inline constexpr std::size_t sqlite_rows_max = 1'000;
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

/// The rows in front of a page, which must be one that is counted (asserted).
[[nodiscard]] inline std::int64_t offset_of(std::optional<std::size_t> page, std::size_t limit) noexcept {
  const std::size_t number = std::max<std::size_t>(page.value_or(1), 1);
  ORDERD_ASSERT(is_counted(number, limit));
  return static_cast<std::int64_t>((number - 1) * limit);
}

} // namespace orderd
