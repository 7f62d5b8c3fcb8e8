#include "persistence/sqlite_connection.hpp"

#include <sqlite3.h>

#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>

namespace orderd {
namespace {

/// How long a statement waits for another connection's lock.
constexpr std::chrono::milliseconds busy_timeout{2'000};

/// How many of SQLite's operations pass between two looks at the clock: well below a millisecond's worth.
constexpr int operations_between_looks = 10'000;

/// What a path may not have in a URI, as SQLite reads one.
[[nodiscard]] std::string escaped_for_uri(const std::string& path) {
  std::string out;
  for (const char each : path) {
    if (each == '%')
      out += "%25";
    else if (each == '?')
      out += "%3f";
    else if (each == '#')
      out += "%23";
    else
      out += each;
  }
  return out;
}

} // namespace

// ---- connections ----

void sqlite_connection::closer::operator()(sqlite3* database) const noexcept { sqlite3_close_v2(database); }

result<sqlite_connection> sqlite_connection::open(const std::string& path, sqlite_access access) {
  if (access == sqlite_access::at_rest)
    return open_at_rest(path);
  const int create = access == sqlite_access::write ? SQLITE_OPEN_CREATE : 0;
  sqlite3* opened = nullptr;
  const int status =
      sqlite3_open_v2(path.c_str(), &opened,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | create, nullptr);
  std::unique_ptr<sqlite3, closer> handle(opened);
  if (status != SQLITE_OK) {
    return fail(error_code::store_failed,
                "the database " + path + " cannot be opened: " + sqlite3_errstr(status));
  }
  sqlite3_busy_timeout(opened, static_cast<int>(busy_timeout.count()));
  sqlite_connection connection(std::move(handle), path);
  // A reader maps nothing and changes nothing; the cache of each bounds its memory (KiB, hence negative).
  const char* pragmas =
      access == sqlite_access::write
          ? "PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY;"
          : "PRAGMA query_only = 1; PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY;";
  if (auto set = connection.execute(pragmas); !set) {
    return tl::unexpected(set.error());
  }
  return connection;
}

/// Without a log the main file is all there is, and is read as one that cannot change: no log is begun. A log
/// that was left behind has to be read as well. Its index is then kept in memory, which SQLite does for the
/// only connection of a file, and nothing is copied from it at the end.
result<sqlite_connection> sqlite_connection::open_at_rest(const std::string& path) {
  std::error_code trouble;
  const auto log_bytes = std::filesystem::file_size(path + "-wal", trouble);
  const bool has_log = !trouble && log_bytes > 0;
  const auto name = has_log ? path : "file:" + escaped_for_uri(path) + "?immutable=1";
  const int mode = has_log ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
  sqlite3* opened = nullptr;
  const int status =
      sqlite3_open_v2(name.c_str(), &opened, mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  std::unique_ptr<sqlite3, closer> handle(opened);
  if (status != SQLITE_OK)
    return fail(error_code::store_failed,
                "the database " + path + " cannot be opened: " + sqlite3_errstr(status));
  sqlite3_db_config(opened, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  sqlite_connection connection(std::move(handle), path);
  if (auto set = connection.execute("PRAGMA locking_mode = EXCLUSIVE; PRAGMA query_only = 1; "
                                    "PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY;");
      !set)
    return tl::unexpected(set.error());
  return connection;
}

result<sqlite_statement> sqlite_connection::prepare(std::string_view sql) {
  sqlite3_stmt* prepared = nullptr;
  const int status = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
  if (status != SQLITE_OK) {
    return sqlite_refusal(handle_.get(), status);
  }
  sqlite_statement statement;
  statement.handle_.reset(prepared);
  return statement;
}

result<void>
sqlite_connection::prepare_all(std::span<const std::pair<sqlite_statement*, std::string_view>> statements) {
  for (const auto& [statement, sql] : statements) {
    auto prepared = prepare(sql);
    if (!prepared) {
      return tl::unexpected(prepared.error());
    }
    *statement = std::move(*prepared);
  }
  return {};
}

result<void> sqlite_connection::execute(const std::string& sql) {
  const int status = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (status != SQLITE_OK) {
    return sqlite_refusal(handle_.get(), status);
  }
  return {};
}

result<std::int64_t> sqlite_connection::integer(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) {
    return tl::unexpected(statement.error());
  }
  const auto row = statement->step();
  if (!row) {
    return tl::unexpected(row.error());
  }
  return *row ? statement->integer(0) : 0;
}

std::int64_t sqlite_connection::changes() const noexcept { return sqlite3_changes64(handle_.get()); }

bool sqlite_connection::in_transaction() const noexcept { return sqlite3_get_autocommit(handle_.get()) == 0; }

result<sqlite_checkpoint> sqlite_connection::checkpoint(bool wait) {
  int log_pages = 0;
  int copied_pages = 0;
  const int status = sqlite3_wal_checkpoint_v2(handle_.get(), "main",
                                               wait ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE,
                                               &log_pages, &copied_pages);
  // Busy says that a reader stayed: what could be copied was copied, and the counts tell how much.
  const bool is_busy = (status & 0xFF) == SQLITE_BUSY;
  if (status != SQLITE_OK && !is_busy) {
    return sqlite_refusal(handle_.get(), status);
  }
  return sqlite_checkpoint{log_pages >= 0 && log_pages == copied_pages, wait && is_busy, log_pages};
}

void sqlite_connection::set_deadline(std::optional<std::chrono::steady_clock::time_point> end) noexcept {
  if (!end) {
    sqlite3_progress_handler(handle_.get(), 0, nullptr, nullptr);
    return;
  }
  *deadline_ = *end;
  const auto has_passed = [](void* deadline) -> int {
    return std::chrono::steady_clock::now() >= *static_cast<std::chrono::steady_clock::time_point*>(deadline);
  };
  sqlite3_progress_handler(handle_.get(), operations_between_looks, has_passed, deadline_.get());
}

// ---- transactions ----

result<sqlite_transaction> sqlite_transaction::begin(sqlite_connection& connection, bool immediate) {
  if (auto begun = connection.execute(immediate ? "BEGIN IMMEDIATE" : "BEGIN"); !begun) {
    return tl::unexpected(begun.error());
  }
  return sqlite_transaction(connection);
}

sqlite_transaction::sqlite_transaction(sqlite_transaction&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)) {}

sqlite_transaction::~sqlite_transaction() {
  if (connection_ != nullptr && connection_->in_transaction()) {
    // Nothing can be done about a failure here: the connection stays in the transaction, and the next begin
    // says so.
    static_cast<void>(connection_->execute("ROLLBACK"));
  }
}

result<void> sqlite_transaction::commit() {
  auto committed = connection_->execute("COMMIT");
  if (committed) {
    connection_ = nullptr;
  }
  return committed;
}

} // namespace orderd
