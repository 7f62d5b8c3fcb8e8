#include "persistence/sqlite_connection.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

namespace orderd {
namespace {

/// How long a statement waits for another connection's lock.
constexpr std::chrono::milliseconds busy_timeout{2'000};

error_code code_of(sqlite3* database, int status) noexcept {
  switch (status & 0xFF) {
  case SQLITE_FULL:
    return error_code::no_space;
  case SQLITE_IOERR:
    return sqlite3_system_errno(database) == ENOSPC ? error_code::no_space : error_code::store_failed;
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return error_code::locked;
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
    return error_code::damaged;
  default:
    return error_code::store_failed;
  }
}

tl::unexpected<error> refusal(sqlite3* database, int status) {
  const char* file = sqlite3_db_filename(database, "main");
  const error_code code = code_of(database, status);
  std::string detail = std::string("the database ") + (file != nullptr && *file != 0 ? file : "file");
  detail += code == error_code::locked ? " is in use by another process: " : " failed: ";
  return fail(code, detail + sqlite3_errmsg(database));
}

} // namespace

// ---- statements ----

void sqlite_statement::finalizer::operator()(sqlite3_stmt* statement) const noexcept {
  sqlite3_finalize(statement);
}

result<bool> sqlite_statement::step() {
  const int status = sqlite3_step(handle_.get());
  if (status == SQLITE_ROW) {
    return true;
  }
  if (status == SQLITE_DONE) {
    sqlite3_reset(handle_.get());
    return false;
  }
  // The message belongs to the connection: it is taken before the reset can replace it.
  auto refused = refusal(sqlite3_db_handle(handle_.get()), status);
  sqlite3_reset(handle_.get());
  return refused;
}

result<void> sqlite_statement::run() {
  const auto stepped = step();
  if (!stepped) {
    return tl::unexpected(stepped.error());
  }
  reset();
  return {};
}

void sqlite_statement::reset() noexcept { sqlite3_reset(handle_.get()); }

void sqlite_statement::bind_one(int index, std::int64_t value) noexcept {
  sqlite3_bind_int64(handle_.get(), index, value);
}
void sqlite_statement::bind_one(int index, std::nullopt_t) noexcept {
  sqlite3_bind_null(handle_.get(), index);
}
void sqlite_statement::bind_one(int index, std::string_view value) noexcept {
  // A null pointer would bind NULL instead of the empty text.
  sqlite3_bind_text64(handle_.get(), index, value.data() != nullptr ? value.data() : "", value.size(),
                      SQLITE_STATIC, SQLITE_UTF8);
}
void sqlite_statement::bind_one(int index, blob_view value) noexcept {
  sqlite3_bind_blob64(handle_.get(), index, value.bytes.data(), value.bytes.size(), SQLITE_STATIC);
}
void sqlite_statement::bind_one(int index, const uuid& value) noexcept {
  sqlite3_bind_blob(handle_.get(), index, value.bytes.data(), static_cast<int>(value.bytes.size()),
                    SQLITE_STATIC);
}
void sqlite_statement::bind_one(int index, timestamp value) noexcept {
  bind_one(index, std::int64_t{value.time_since_epoch().count()});
}

bool sqlite_statement::is_null(int column) const noexcept {
  return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
}
std::int64_t sqlite_statement::integer(int column) const noexcept {
  return sqlite3_column_int64(handle_.get(), column);
}
timestamp sqlite_statement::time(int column) const noexcept {
  return timestamp(std::chrono::milliseconds(integer(column)));
}
std::string_view sqlite_statement::text(int column) const noexcept {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(handle_.get(), column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column));
  return data != nullptr ? std::string_view(data, size) : std::string_view();
}
uuid sqlite_statement::id(int column) const noexcept {
  uuid value;
  const std::string_view stored = text(column);
  if (stored.size() == value.bytes.size()) {
    std::memcpy(value.bytes.data(), stored.data(), stored.size());
  }
  return value;
}
std::optional<std::int64_t> sqlite_statement::optional_integer(int column) const noexcept {
  return is_null(column) ? std::nullopt : std::optional(integer(column));
}
std::optional<timestamp> sqlite_statement::optional_time(int column) const noexcept {
  return is_null(column) ? std::nullopt : std::optional(time(column));
}

// ---- connections ----

void sqlite_connection::closer::operator()(sqlite3* database) const noexcept { sqlite3_close_v2(database); }

result<sqlite_connection> sqlite_connection::open(const std::string& path, sqlite_access access) {
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

result<sqlite_statement> sqlite_connection::prepare(std::string_view sql) {
  sqlite3_stmt* prepared = nullptr;
  const int status = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
  if (status != SQLITE_OK) {
    return refusal(handle_.get(), status);
  }
  sqlite_statement statement;
  statement.handle_.reset(prepared);
  return statement;
}

result<void> sqlite_connection::execute(const std::string& sql) {
  const int status = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (status != SQLITE_OK) {
    return refusal(handle_.get(), status);
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
  if (status != SQLITE_OK && (status & 0xFF) != SQLITE_BUSY) {
    return refusal(handle_.get(), status);
  }
  return sqlite_checkpoint{log_pages >= 0 && log_pages == copied_pages, log_pages};
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
