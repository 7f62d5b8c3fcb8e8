/// Writes the rows of accounts and of remembered requests, in a transaction that the caller holds.
#pragma once

#include "persistence/sqlite_connection.hpp"
#include "persistence/write_set.hpp"

#include <string>
#include <string_view>
#include <unordered_set>

namespace orderd {

/// Tells a row that was left alone, being newer, from one that is missing: that is refused.
template <class Key>
[[nodiscard]] result<void> require(const sqlite_connection& connection, sqlite_statement& find,
                                   const Key& key, const char* what) {
  const auto found = find.bind(key).step();
  if (!found) {
    return tl::unexpected(found.error());
  }
  find.reset();
  if (!*found) {
    return fail(error_code::refused,
                "the database " + connection.path() + " lacks " + what + " that the journal changes");
  }
  return {};
}

/// One thread; must not outlive its connection. An account with the same version or a newer one is left
/// alone, with its holds; a request that is answered is not claimed by an older record.
class sqlite_ledger_writer {
 public:
  [[nodiscard]] result<void> prepare(sqlite_connection& connection);

  /// Writes the accounts, holds and requests of the set. Errors as `sqlite_row_writer::write`.
  [[nodiscard]] result<void> write(const write_set& rows);
  [[nodiscard]] result<void> remember(const request_record& record);
  /// Removes requests from before `cutoff`, the oldest first and at most `max` of them.
  [[nodiscard]] result<void> forget(timestamp cutoff, std::size_t max);

 private:
  [[nodiscard]] result<void> write(const account_row& row);
  [[nodiscard]] result<void> write(const hold_row& row);

  const sqlite_connection* connection_ = nullptr;
  sqlite_statement find_account_, insert_account_, update_account_;
  sqlite_statement put_hold_, escrow_hold_, end_hold_, remember_, forget_;
  std::unordered_set<std::string_view> newer_; ///< accounts of the set whose stored rows are newer
};

} // namespace orderd
