#include "persistence/postgres_row_statements.hpp"
#include "persistence/postgres_row_writer.hpp"
#include "persistence/signed_number.hpp"

#include <algorithm>

// Accounts with what orders hold of them, and remembered requests.

namespace orderd {
namespace {

using namespace postgres_row_texts;
using type = postgres_type;

/// The columns that every change of an account sets.
struct account_columns {
  explicit account_columns(std::size_t n)
      : balance(type::int8, n), held(type::int8, n), deposited(type::int8, n), paid_in(type::int8, n),
        paid_out(type::int8, n), version(type::int8, n), updated_at(type::timestamptz, n) {}

  void add(const account_row& row) {
    balance.add(row.levels.balance);
    held.add(row.levels.held);
    deposited.add(row.totals.deposited);
    paid_in.add(row.totals.paid_in);
    paid_out.add(row.totals.paid_out);
    version.add(signed_number(row.version));
    updated_at.add(row.updated_at);
  }

  postgres_array balance, held, deposited, paid_in, paid_out, version, updated_at;
};

void add_new_accounts(postgres_transaction& to, std::span<const account_row> rows, std::size_t n) {
  postgres_array id(type::text, n), created_at(type::timestamptz, n);
  account_columns values(n);
  for (const account_row& row : rows) {
    if (row.created_at) {
      id.add(row.id);
      created_at.add(row.created_at);
      values.add(row);
    }
  }
  to.add(insert_accounts,
         columns({&id, &created_at, &values.balance, &values.held, &values.deposited, &values.paid_in,
                  &values.paid_out, &values.version, &values.updated_at}),
         n, "new accounts");
}

void add_changed_accounts(postgres_transaction& to, std::span<const account_row> rows, std::size_t n) {
  postgres_array id(type::text, n);
  account_columns values(n);
  for (const account_row& row : rows) {
    if (!row.created_at) {
      id.add(row.id);
      values.add(row);
    }
  }
  to.add(change_accounts,
         columns({&id, &values.balance, &values.held, &values.deposited, &values.paid_in, &values.paid_out,
                  &values.version, &values.updated_at}),
         n, "accounts");
}

} // namespace

void add_accounts(postgres_transaction& to, std::span<const account_row> rows) {
  const auto opened = static_cast<std::size_t>(std::count_if(
      rows.begin(), rows.end(), [](const account_row& row) { return row.created_at.has_value(); }));
  if (opened > 0) {
    add_new_accounts(to, rows, opened);
  }
  if (opened < rows.size()) {
    add_changed_accounts(to, rows, rows.size() - opened);
  }
}

void add_holds(postgres_transaction& to, std::span<const hold_row> rows) {
  postgres_array order_id(type::uuid), account_id(type::text), attempt(type::int8), amount(type::int8),
      in_escrow(type::boolean), escrowed(type::uuid), ended(type::uuid), superseded(type::uuid);
  for (const hold_row& row : rows) {
    if (row.ended) {
      // One that was made in this batch may have followed a stored one.
      (row.made == nullptr ? ended : superseded).add(row.order_id);
    } else if (row.made == nullptr) {
      escrowed.add(row.order_id);
    } else {
      order_id.add(row.order_id);
      account_id.add(row.account_id);
      attempt.add(signed_number(row.made->attempt));
      amount.add(row.made->amount);
      in_escrow.add(row.escrowed);
    }
  }
  if (ended.size() > 0) {
    to.add(drop_holds, columns({&ended}), ended.size(), "holds of accounts");
  }
  if (superseded.size() > 0) {
    to.add(drop_holds, columns({&superseded}));
  }
  if (escrowed.size() > 0) {
    to.add(escrow_holds, columns({&escrowed}), escrowed.size(), "holds of accounts");
  }
  if (order_id.size() > 0) {
    to.add(put_holds, columns({&order_id, &account_id, &attempt, &amount, &in_escrow}), order_id.size(),
           "holds of accounts");
  }
}

void add_requests(postgres_transaction& to, std::span<const request_record* const> records) {
  const std::size_t n = records.size();
  if (n == 0) {
    return;
  }
  postgres_array key(type::uuid, n), fingerprint(type::uuid, n), subject(type::uuid, n),
      at(type::timestamptz, n), status(type::int8, n), headers(type::bytea, n), body(type::bytea, n);
  for (const request_record* each : records) {
    key.add(each->key);
    fingerprint.add(each->fingerprint);
    subject.add_unless_nil(each->subject);
    at.add(each->at);
    if (each->is_answered()) {
      status.add(static_cast<std::int64_t>(each->status));
      headers.add(std::string_view(each->headers));
      body.add(std::string_view(each->body));
    } else {
      status.add_null();
      headers.add_null();
      body.add_null();
    }
  }
  to.add(put_requests, columns({&key, &fingerprint, &subject, &at, &status, &headers, &body}));
}

void add_purge_of_requests(postgres_transaction& to, timestamp cutoff, std::size_t max) {
  to.add(postgres_queries::purge_requests, postgres_parameters().add(cutoff).add(signed_number(max)));
}

} // namespace orderd
