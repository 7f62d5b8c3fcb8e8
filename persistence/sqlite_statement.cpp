#include "persistence/sqlite_statement.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>

namespace orderd {
namespace {

error_code code_of(sqlite3* database, int status) noexcept {
  switch (status & 0xFF) {
  case SQLITE_FULL:
    return error_code::no_space;
  case SQLITE_IOERR:
    return sqlite3_system_errno(database) == ENOSPC ? error_code::no_space : error_code::store_failed;
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return error_code::locked;
  case SQLITE_INTERRUPT:
    return error_code::timed_out;
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
    return error_code::damaged;
  case SQLITE_CONSTRAINT:
  case SQLITE_MISMATCH:
  case SQLITE_TOOBIG:
    return error_code::refused;
  default:
    return error_code::store_failed;
  }
}

} // namespace

tl::unexpected<error> sqlite_refusal(sqlite3* database, int status) {
  const char* file = sqlite3_db_filename(database, "main");
  const error_code code = code_of(database, status);
  std::string detail = std::string("the database ") + (file != nullptr && *file != 0 ? file : "file");
  detail += code == error_code::locked ? " is in use by another process: " : " failed: ";
  return fail(code, detail + sqlite3_errmsg(database));
}

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
  auto refused = sqlite_refusal(sqlite3_db_handle(handle_.get()), status);
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
  // A null pointer would bind NULL instead of no bytes.
  const char* data = value.bytes.data() != nullptr ? value.bytes.data() : "";
  sqlite3_bind_blob64(handle_.get(), index, data, value.bytes.size(), SQLITE_STATIC);
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

} // namespace orderd
