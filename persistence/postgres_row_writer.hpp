/// Writes the rows of a write set to PostgreSQL: a statement for each kind of row, over arrays. Each row is
/// written once and whole, since the transaction moves the position that guards against a second time.
#pragma once

#include "persistence/postgres_chain.hpp"
#include "persistence/postgres_transaction.hpp"
#include "persistence/write_set.hpp"

#include <span>

namespace orderd {

namespace postgres_queries {
/// Removes the reservations that ended before $1, at most $2, the oldest first. An array, since a join with a
/// list of unknown length may be made by reading the whole table.
inline constexpr postgres_statement purge_reservations = {"purge_reservations", R"sql(
DELETE FROM reservations WHERE id = ANY (ARRAY(SELECT id FROM reservations
 WHERE ended_at IS NOT NULL AND ended_at < $1::timestamptz ORDER BY ended_at LIMIT $2::int8)))sql"};
/// The same of requests that were remembered before $1.
inline constexpr postgres_statement purge_requests = {"purge_requests", R"sql(
DELETE FROM requests WHERE key = ANY (ARRAY(SELECT key FROM requests WHERE at < $1::timestamptz
 ORDER BY at, key LIMIT $2::int8)))sql"};
} // namespace postgres_queries

/// What the connection must have prepared.
[[nodiscard]] std::span<const postgres_statement> postgres_row_statements() noexcept;

/// Each queues what it is given; nothing for no rows. A stored row that is to change and is not there is
/// refused, and so is one that is to be new and is there.
void add_stock(postgres_transaction& to, std::span<const stock_row> rows);
void add_orders(postgres_transaction& to, std::span<const order_row> rows);
void add_reservations(postgres_transaction& to, std::span<const reservation_row> rows);
void add_accounts(postgres_transaction& to, std::span<const account_row> rows);
/// After the accounts that they are of.
void add_holds(postgres_transaction& to, std::span<const hold_row> rows);
/// A stored answer stays in the place of a claim that is not newer.
void add_requests(postgres_transaction& to, std::span<const request_record* const> records);
/// `chain` has learned the links in front of them, and follows them.
void add_events(postgres_transaction& to, std::span<const sequenced_event* const> events,
                postgres_chain& chain);

/// Removes reservations that ended before `cutoff`, the longest ended first and at most `max` of them.
void add_purge(postgres_transaction& to, timestamp cutoff, std::size_t max);
/// Forgets requests that were remembered before `cutoff`, likewise.
void add_purge_of_requests(postgres_transaction& to, timestamp cutoff, std::size_t max);

} // namespace orderd
