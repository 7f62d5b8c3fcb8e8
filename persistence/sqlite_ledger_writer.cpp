#include "persistence/sqlite_ledger_writer.hpp"

#include "persistence/signed_number.hpp"

#include <utility>

namespace orderd {
namespace {

constexpr std::string_view find_account = "SELECT 1 FROM accounts WHERE id = ?1";
constexpr std::string_view insert_account =
    "INSERT INTO accounts (id, balance_cents, held_cents, deposited_cents, paid_in_cents, paid_out_cents, "
    "version, updated_at, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) "
    "ON CONFLICT (id) DO UPDATE SET balance_cents = ?2, held_cents = ?3, deposited_cents = ?4, "
    "paid_in_cents = ?5, paid_out_cents = ?6, version = ?7, updated_at = ?8, created_at = ?9 "
    "WHERE version < ?7";
constexpr std::string_view update_account =
    "UPDATE accounts SET balance_cents = ?2, held_cents = ?3, deposited_cents = ?4, paid_in_cents = ?5, "
    "paid_out_cents = ?6, version = ?7, updated_at = ?8 WHERE id = ?1 AND version < ?7";

constexpr std::string_view put_hold =
    "INSERT OR REPLACE INTO account_holds (account_id, order_id, attempt, amount_cents, escrowed) "
    "VALUES (?1, ?2, ?3, ?4, ?5)";
constexpr std::string_view escrow_hold =
    "UPDATE account_holds SET escrowed = ?3 WHERE account_id = ?1 AND order_id = ?2";
constexpr std::string_view end_hold = "DELETE FROM account_holds WHERE account_id = ?1 AND order_id = ?2";

constexpr std::string_view remember_request =
    "INSERT INTO requests (key, fingerprint, subject, at, status, headers, body) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
    "ON CONFLICT (key) DO UPDATE SET fingerprint = ?2, subject = ?3, at = ?4, status = ?5, headers = ?6, "
    "body = ?7 WHERE status = 0 OR ?5 <> 0 OR at < ?4";
constexpr std::string_view forget_requests =
    "DELETE FROM requests WHERE rowid IN (SELECT rowid FROM requests INDEXED BY requests_by_age "
    "WHERE at < ?1 ORDER BY at LIMIT ?2)";

} // namespace

result<void> sqlite_ledger_writer::prepare(sqlite_connection& connection) {
  connection_ = &connection;
  const std::pair<sqlite_statement*, std::string_view> statements[] = {
      {&find_account_, find_account}, {&insert_account_, insert_account}, {&update_account_, update_account},
      {&put_hold_, put_hold},         {&escrow_hold_, escrow_hold},       {&end_hold_, end_hold},
      {&remember_, remember_request}, {&forget_, forget_requests},
  };
  return connection.prepare_all(statements);
}

result<void> sqlite_ledger_writer::write(const write_set& rows) {
  newer_.clear();
  result<void> done;
  for (auto row = rows.accounts.begin(); done && row != rows.accounts.end(); ++row) {
    done = write(*row);
  }
  for (auto row = rows.holds.begin(); done && row != rows.holds.end(); ++row) {
    if (!newer_.contains(row->account_id)) {
      done = write(*row);
    }
  }
  for (auto record = rows.requests.begin(); done && record != rows.requests.end(); ++record) {
    done = remember(**record);
  }
  return done;
}

result<void> sqlite_ledger_writer::write(const account_row& row) {
  const auto run = [&](sqlite_statement& statement, const auto&... more) {
    return statement
        .bind(row.id, row.levels.balance, row.levels.held, row.totals.deposited, row.totals.paid_in,
              row.totals.paid_out, signed_number(row.version), row.updated_at, more...)
        .run();
  };
  auto done = row.created_at ? run(insert_account_, *row.created_at) : run(update_account_);
  if (done && connection_->changes() == 0) {
    newer_.insert(row.id);
    done = require(*connection_, find_account_, row.id, "an account");
  }
  return done;
}

result<void> sqlite_ledger_writer::write(const hold_row& row) {
  if (row.made != nullptr && !row.ended) {
    return put_hold_
        .bind(row.account_id, row.order_id, signed_number(row.made->attempt), row.made->amount,
              std::int64_t{row.escrowed})
        .run();
  }
  auto done = row.ended ? end_hold_.bind(row.account_id, row.order_id).run()
                        : escrow_hold_.bind(row.account_id, row.order_id, std::int64_t{row.escrowed}).run();
  // One that was made in this batch may end an earlier one as well, or none.
  if (done && row.made == nullptr && connection_->changes() == 0) {
    return fail(error_code::refused,
                "the database " + connection_->path() + " lacks a hold that the journal changes");
  }
  return done;
}

result<void> sqlite_ledger_writer::remember(const request_record& record) {
  return remember_
      .bind(record.key, record.fingerprint, record.subject, record.at, std::int64_t{record.status},
            std::string_view(record.headers), blob_view{record.body})
      .run();
}

result<void> sqlite_ledger_writer::forget(timestamp cutoff, std::size_t max) {
  return forget_.bind(cutoff, signed_number(max)).run();
}

} // namespace orderd
