/// The texts of the reader's queries. Every list runs along the index that yields its order, and nothing in a
/// text leaves the planner another way that costs more with more orders.
#pragma once

#include "persistence/postgres_order_queries.hpp"

#include <array>

namespace orderd::postgres_queries {

/// Set on every reading connection. A plan is kept for as long as no new statistics come in, so the plan made
/// for a nearly empty table would read a large one whole, page after page, and a plan that does not know the
/// limit takes it for a tenth of the table. No query here gains by any of these.
inline constexpr const char* session = "SET default_transaction_read_only = on;"
                                       "SET enable_seqscan = off;"
                                       "SET enable_bitmapscan = off;"
                                       "SET enable_sort = off;"
                                       "SET enable_incremental_sort = off;"
                                       "SET enable_hashagg = off;"
                                       "SET max_parallel_workers_per_gather = 0;"
                                       "SET jit = off";

/// Between these, in a pipeline, statements see one snapshot.
inline constexpr postgres_statement begin{"begin",
                                          "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"};
inline constexpr postgres_statement end{"end", "COMMIT"};

#define ORDERD_RESERVATION_COLUMNS                                                                           \
  "r.id, r.sku, r.qty, r.holder, r.created_at, r.deadline, r.order_id, r.state"

inline constexpr postgres_statement load_stock{
    "load_stock", "SELECT " ORDERD_RESERVATION_COLUMNS ", p.sku, p.product_id, p.name, p.price_cents, "
                  "p.low_threshold, p.on_hand, p.reserved, p.version, p.updated_at, p.received, p.committed, "
                  "p.adjusted_out, a.is_aside "
                  "FROM (SELECT EXISTS (SELECT FROM events_aside WHERE entity = convert_to($1, 'UTF8') AND "
                  "kind = 'stock') AS is_aside) a LEFT JOIN products p ON p.sku = $1 "
                  "LEFT JOIN reservations r ON r.sku = $1 AND r.state = 'active'"};
inline constexpr postgres_statement load_reservation{
    "load_reservation",
    "SELECT " ORDERD_RESERVATION_COLUMNS ", a.is_aside FROM (SELECT EXISTS (SELECT FROM events_aside "
    "WHERE kind = 'stock') AS is_aside) a LEFT JOIN reservations r ON r.id = $1"};

#undef ORDERD_RESERVATION_COLUMNS

inline constexpr postgres_statement load_account{
    "load_account",
    "SELECT h.order_id, h.attempt, h.amount_cents, h.escrowed, c.id, c.balance_cents, c.held_cents, "
    "c.version, c.created_at, c.updated_at, c.deposited_cents, c.paid_in_cents, c.paid_out_cents, "
    "a.is_aside FROM (SELECT EXISTS (SELECT FROM events_aside WHERE entity = convert_to($1, 'UTF8') AND "
    "kind = 'account') AS is_aside) a LEFT JOIN accounts c ON c.id = $1 "
    "LEFT JOIN account_holds h ON h.account_id = $1"};
// $1 account, $2 version before, $3 limit.
inline constexpr postgres_statement account_entries{
    "account_entries",
    "SELECT tag, data FROM events WHERE account_id = $1 AND version < $2 ORDER BY version DESC LIMIT $3"};

inline constexpr postgres_statement load_request{
    "load_request",
    "SELECT key, fingerprint, subject, at, status, headers, body FROM requests WHERE key = $1"};
// ($1, $2) time and key before, $3 limit.
inline constexpr postgres_statement each_request{
    "each_request", "SELECT key, fingerprint, subject, at, status IS NOT NULL FROM requests "
                    "WHERE (at, key) > ($1, $2) ORDER BY at, key LIMIT $3"};

/// A page of one entity: $1 the bytes of its id or name, $2 its kind, $3 seq before, $4 limit.
inline constexpr postgres_statement aside_of{
    "aside_of", "SELECT tag, data, seq FROM events_aside WHERE (entity, kind, seq) > ($1, $2, $3) "
                "AND (entity, kind) <= ($1, $2) ORDER BY entity, kind, seq LIMIT $4"};
/// The stock items that have any.
inline constexpr postgres_statement aside_skus{
    "aside_skus", "SELECT DISTINCT entity FROM events_aside WHERE kind = 'stock'"};
// Of one reservation, $1, which its events hold as it is: of all stock items, or of $2. An item may have any
// number of them aside, and a reservation has few.
inline constexpr postgres_statement aside_of_reservation{
    "aside_of_reservation", "SELECT tag, data FROM events_aside WHERE kind = 'stock' "
                            "AND position(uuid_send($1) IN data) > 0 ORDER BY seq"};
inline constexpr postgres_statement aside_of_reservation_of{
    "aside_of_reservation_of",
    "SELECT tag, data FROM events_aside WHERE entity = convert_to($2, 'UTF8') AND kind = 'stock' "
    "AND position(uuid_send($1) IN data) > 0 ORDER BY seq"};

// $1 SKU before, $2 limit, $3 offset.
inline constexpr postgres_statement list_stock{
    "list_stock", "SELECT sku, product_id, name, price_cents, low_threshold, on_hand, reserved, version, "
                  "updated_at FROM products WHERE sku > $1 ORDER BY sku LIMIT $2 OFFSET $3"};
inline constexpr postgres_statement count_stock{
    "count_stock",
    "SELECT COUNT(*) FROM (SELECT FROM products WHERE sku > $1 ORDER BY sku LIMIT 100000) counted"};
inline constexpr postgres_statement each_product{
    "each_product",
    "SELECT sku, product_id, name, price_cents, low_threshold FROM products WHERE sku > $1 ORDER BY sku "
    "LIMIT $2"};

inline constexpr postgres_statement deadlines{
    "deadlines", "SELECT sku, MIN(deadline) FROM reservations WHERE state = 'active' AND order_id IS NULL "
                 "AND deadline IS NOT NULL GROUP BY sku"};

inline constexpr postgres_statement timeline{
    "timeline",
    "SELECT tag, data FROM events WHERE order_id = $1 AND version > $2 ORDER BY version LIMIT $3"};

/// Where the history ends and begins.
inline constexpr postgres_statement last_seq{"last_seq", "SELECT applied_seq, dropped_to FROM node"};
// $1 first seq, $2 last seq, $3 limit.
inline constexpr postgres_statement history{
    "history", "(SELECT seq, tag, data, link FROM events WHERE seq BETWEEN $1 AND $2 ORDER BY seq LIMIT $3) "
               "UNION ALL (SELECT seq, tag, data, NULL FROM events_aside WHERE seq BETWEEN $1 AND $2 "
               "ORDER BY seq LIMIT $3) ORDER BY seq LIMIT $3"};
/// The same without mere records.
inline constexpr postgres_statement outbox{
    "outbox", "(SELECT seq, tag, data, link FROM events WHERE seq BETWEEN $1 AND $2 AND request IS NULL "
              "ORDER BY seq LIMIT $3) UNION ALL (SELECT seq, tag, data, NULL FROM events_aside "
              "WHERE seq BETWEEN $1 AND $2 ORDER BY seq LIMIT $3) ORDER BY seq LIMIT $3"};
// $1 SKU, $2 version before, $3 limit.
inline constexpr postgres_statement stock_events{
    "stock_events", "SELECT seq, tag, data, link FROM events WHERE sku = $1 AND version > $2 "
                    "ORDER BY version LIMIT $3"};
// $1 kind, $2 the bytes of the key.
inline constexpr postgres_statement checkpoint{
    "checkpoint", "SELECT kind, entity, seq, version, occurred_at, link, state FROM "
                  "history_checkpoints WHERE kind = $1 AND entity = $2"};
/// The first one from $1 to $2, and when it happened.
inline constexpr postgres_statement first_event{
    "first_event",
    "(SELECT seq, occurred_at FROM events WHERE seq BETWEEN $1 AND $2 ORDER BY seq LIMIT 1) UNION ALL "
    "(SELECT seq, occurred_at FROM events_aside WHERE seq BETWEEN $1 AND $2 ORDER BY seq LIMIT 1) "
    "ORDER BY seq LIMIT 1"};
inline constexpr postgres_statement sink_positions{
    "sink_positions", "SELECT sink, seq, disabled, reason FROM event_sinks ORDER BY sink"};

/// What a reader prepares.
inline constexpr std::array all = {
    begin,
    end,
    list_orders[0],
    list_orders[1],
    list_orders[2],
    list_orders[3],
    list_orders[4],
    list_orders[5],
    list_orders[6],
    list_orders[7],
    count_orders[0],
    count_orders[1],
    count_orders[2],
    count_orders[3],
    count_orders[4],
    count_orders[5],
    count_orders[6],
    count_orders[7],
    unfinished,
    to_be_accepted,
    load_order,
    load_stock,
    load_reservation,
    load_account,
    account_entries,
    load_request,
    each_request,
    aside_of,
    aside_skus,
    aside_of_reservation,
    aside_of_reservation_of,
    list_stock,
    count_stock,
    each_product,
    deadlines,
    timeline,
    last_seq,
    history,
    outbox,
    first_event,
    sink_positions,
    stock_events,
    checkpoint,
};

} // namespace orderd::postgres_queries
