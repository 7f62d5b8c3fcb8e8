/// One prepared statement of SQLite: values in, rows out.
#pragma once

#include "config/result.hpp"
#include "domain/time.hpp"
#include "domain/uuid.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace orderd {

/// What SQLite's status means here, in a sentence that names the file: SQLITE_FULL and ENOSPC are no_space, a
/// foreign lock is locked, a broken file damaged, a passed deadline timed_out, a violated constraint, type or
/// size refused, all else store_failed.
[[nodiscard]] tl::unexpected<error> sqlite_refusal(sqlite3* database, int status);

/// Bytes to be bound as a BLOB rather than as text.
struct blob_view {
  std::string_view bytes;
};

/// A prepared statement. Bound text and blobs are borrowed: they must live until the statement is stepped to
/// its end or reset. Must not outlive its connection.
class sqlite_statement {
 public:
  sqlite_statement() = default;

  /// Binds parameters 1, 2, … in order. Resets what ran before.
  template <class... Values> sqlite_statement& bind(const Values&... values) {
    reset();
    int index = 0;
    (bind_one(++index, values), ...);
    return *this;
  }
  /// True: a row can be read. False: the statement has ended (and is reset).
  [[nodiscard]] result<bool> step();
  /// Runs a statement that yields no rows.
  [[nodiscard]] result<void> run();
  /// Calls `visit` with the statement at each row.
  template <class Visit> [[nodiscard]] result<void> each(const Visit& visit) {
    for (;;) {
      const auto row = step();
      if (!row) {
        return tl::unexpected(row.error());
      }
      if (!*row) {
        return {};
      }
      visit(*this);
    }
  }
  void reset() noexcept;

  [[nodiscard]] bool is_null(int column) const noexcept;
  [[nodiscard]] std::int64_t integer(int column) const noexcept;
  [[nodiscard]] timestamp time(int column) const noexcept;
  /// Valid until the next step.
  [[nodiscard]] std::string_view text(int column) const noexcept;
  /// Nil when the column does not hold 16 bytes.
  [[nodiscard]] uuid id(int column) const noexcept;
  [[nodiscard]] std::optional<std::int64_t> optional_integer(int column) const noexcept;
  [[nodiscard]] std::optional<timestamp> optional_time(int column) const noexcept;

 private:
  friend class sqlite_connection;
  struct finalizer {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };

  void bind_one(int index, std::int64_t value) noexcept;
  void bind_one(int index, std::nullopt_t) noexcept;
  void bind_one(int index, std::string_view value) noexcept;
  void bind_one(int index, blob_view value) noexcept;
  void bind_one(int index, const uuid& value) noexcept;
  void bind_one(int index, timestamp value) noexcept;
  template <class T> void bind_one(int index, const std::optional<T>& value) noexcept {
    value ? bind_one(index, *value) : bind_one(index, std::nullopt);
  }

  std::unique_ptr<sqlite3_stmt, finalizer> handle_;
};

} // namespace orderd
