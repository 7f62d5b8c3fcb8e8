/// One SQLite connection with its prepared statements and transactions, RAII. One thread at a time.
#pragma once

#include "config/result.hpp"
#include "domain/time.hpp"
#include "domain/uuid.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace orderd {

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

enum class sqlite_access : std::uint8_t { read, write };

/// What a checkpoint found. `complete`: every frame of the log is in the main file, and that is synced.
struct sqlite_checkpoint {
  bool complete = false;
  std::int64_t log_pages = 0;
};

class sqlite_connection {
 public:
  /// Opens the file; `write` creates it. Sets the pragmas that both need. Errors: store_failed, locked,
  /// damaged.
  [[nodiscard]] static result<sqlite_connection> open(const std::string& path, sqlite_access access);

  [[nodiscard]] result<sqlite_statement> prepare(std::string_view sql);
  /// Runs statements, ignoring rows.
  [[nodiscard]] result<void> execute(const std::string& sql);
  /// The first column of the first row.
  [[nodiscard]] result<std::int64_t> integer(std::string_view sql);
  /// Rows that the last statement changed.
  [[nodiscard]] std::int64_t changes() const noexcept;
  [[nodiscard]] bool in_transaction() const noexcept;
  /// Copies the log into the main file. `wait`: for readers to leave, at most the busy timeout.
  [[nodiscard]] result<sqlite_checkpoint> checkpoint(bool wait);
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  struct closer {
    void operator()(sqlite3* database) const noexcept;
  };
  sqlite_connection(std::unique_ptr<sqlite3, closer> handle, std::string path)
      : handle_(std::move(handle)), path_(std::move(path)) {}

  std::unique_ptr<sqlite3, closer> handle_;
  std::string path_;
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
