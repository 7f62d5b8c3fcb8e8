/// One SQLite connection with its prepared statements and transactions, RAII. One thread at a time.
#pragma once

#include "config/result.hpp"
#include "persistence/sqlite_statement.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

struct sqlite3;

namespace orderd {

enum class sqlite_access : std::uint8_t {
  read,
  write,
  at_rest, ///< to read a file that no other connection has open, and to change nothing on disk
};

/// What a checkpoint found. `complete`: every frame of the log is in the main file, and that is synced.
/// `in_vain`: readers stayed for as long as it waited.
struct sqlite_checkpoint {
  bool complete = false;
  bool in_vain = false;
  std::int64_t log_pages = 0;
};

class sqlite_connection {
 public:
  /// Opens the file; `write` creates it. Sets the pragmas that both need. Errors: store_failed, locked,
  /// damaged.
  [[nodiscard]] static result<sqlite_connection> open(const std::string& path, sqlite_access access);

  [[nodiscard]] result<sqlite_statement> prepare(std::string_view sql);
  /// Prepares each text into its statement, up to the first failure.
  [[nodiscard]] result<void>
  prepare_all(std::span<const std::pair<sqlite_statement*, std::string_view>> statements);
  /// Runs statements, ignoring rows.
  [[nodiscard]] result<void> execute(const std::string& sql);
  /// The first column of the first row.
  [[nodiscard]] result<std::int64_t> integer(std::string_view sql);
  /// Rows that the last statement changed.
  [[nodiscard]] std::int64_t changes() const noexcept;
  [[nodiscard]] bool in_transaction() const noexcept;
  /// Copies the log into the main file. `wait`: for readers to leave, at most the busy timeout.
  [[nodiscard]] result<sqlite_checkpoint> checkpoint(bool wait);
  /// Statements end with timed_out once `end` has passed; nothing lifts the bound.
  void set_deadline(std::optional<std::chrono::steady_clock::time_point> end) noexcept;
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  struct closer {
    void operator()(sqlite3* database) const noexcept;
  };
  [[nodiscard]] static result<sqlite_connection> open_at_rest(const std::string& path);
  sqlite_connection(std::unique_ptr<sqlite3, closer> handle, std::string path)
      : path_(std::move(path)), handle_(std::move(handle)) {}

  std::string path_;
  /// Its address is what SQLite calls back with, so it stays where it is when the connection is moved.
  std::unique_ptr<std::chrono::steady_clock::time_point> deadline_ =
      std::make_unique<std::chrono::steady_clock::time_point>();
  std::unique_ptr<sqlite3, closer> handle_;
};

/// Rolls back what was begun unless it was committed. A failed statement may have ended the transaction
/// already.
class sqlite_transaction {
 public:
  /// `immediate` takes the write lock at once; without it the transaction is a reader's snapshot.
  [[nodiscard]] static result<sqlite_transaction> begin(sqlite_connection& connection, bool immediate);
  sqlite_transaction(sqlite_transaction&& other) noexcept;
  sqlite_transaction& operator=(sqlite_transaction&&) = delete;
  ~sqlite_transaction();

  [[nodiscard]] result<void> commit();

 private:
  explicit sqlite_transaction(sqlite_connection& connection) noexcept : connection_(&connection) {}
  sqlite_connection* connection_;
};

} // namespace orderd
