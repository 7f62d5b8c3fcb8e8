/// The texts by which a snapshot of the PostgreSQL store is read, each along the index that yields its order.
#pragma once

#include "persistence/postgres_connection.hpp"

#include <array>

namespace orderd::postgres_queries {

/// A query whose rows are fetched page by page from a cursor at the server. There is not for every order of
/// rows a key to go on behind, and a page of entities may have any number of rows that belong to them.
struct postgres_scan {
  postgres_statement select; ///< its name is that of the cursor
  postgres_statement fetch;
};

#define ORDERD_SCAN(name, sql)                                                                               \
  {                                                                                                          \
    {name, sql}, { "fetch_" name, "FETCH FORWARD 1000 FROM " name }                                          \
  }

inline constexpr postgres_scan scan_products = ORDERD_SCAN(
    "all_products", "SELECT sku, product_id, name, price_cents, low_threshold, on_hand, reserved, version, "
                    "updated_at, received, committed, adjusted_out FROM products ORDER BY sku");
inline constexpr postgres_scan scan_reservations =
    ORDERD_SCAN("all_reservations", "SELECT id, sku, qty, holder, created_at, deadline, order_id, state "
                                    "FROM reservations WHERE state = 'active' ORDER BY sku");
inline constexpr postgres_scan scan_orders = ORDERD_SCAN(
    "all_orders", "SELECT id, customer_id, status, payment_status, version, currency, total_cents, metadata, "
                  "runner_id, failure_code, failure_detail, created_at, updated_at, saga_step, placement, "
                  "payment_attempt, payee, delay_rounds, due_at, trouble, stuck, accept_by, payment_keeper "
                  "FROM orders ORDER BY id");
inline constexpr postgres_scan scan_items = ORDERD_SCAN(
    "all_items",
    "SELECT uuid_send(order_id), id, sku, product_id, qty, price_cents, price_given, reservation_id, "
    "created_at FROM order_items ORDER BY order_id, position");
inline constexpr postgres_scan scan_accounts = ORDERD_SCAN(
    "all_accounts", "SELECT id, balance_cents, held_cents, version, created_at, updated_at, deposited_cents, "
                    "paid_in_cents, paid_out_cents FROM accounts ORDER BY id");
inline constexpr postgres_scan scan_holds = ORDERD_SCAN(
    "all_holds", "SELECT account_id, order_id, attempt, amount_cents, escrowed FROM account_holds "
                 "ORDER BY account_id");

/// By kind, as `entity_kind` numbers them: whose events, in the order of their versions.
inline constexpr std::array<postgres_scan, 3> scan_events = {
    {ORDERD_SCAN("events_of_all_stock", "SELECT seq, tag, data, link, convert_to(sku, 'UTF8'), version "
                                        "FROM events WHERE sku IS NOT NULL ORDER BY sku, version"),
     ORDERD_SCAN("events_of_all_orders", "SELECT seq, tag, data, link, uuid_send(order_id), version "
                                         "FROM events WHERE order_id IS NOT NULL ORDER BY order_id, version"),
     ORDERD_SCAN("events_of_all_accounts",
                 "SELECT seq, tag, data, link, convert_to(account_id, 'UTF8'), version "
                 "FROM events WHERE account_id IS NOT NULL ORDER BY account_id, version")}};
inline constexpr std::array<postgres_scan, 3> scan_checkpoints = {
    {ORDERD_SCAN("checkpoints_of_all_stock",
                 "SELECT kind, entity, seq, version, occurred_at, link, state FROM history_checkpoints "
                 "WHERE kind = 'stock' ORDER BY entity"),
     ORDERD_SCAN("checkpoints_of_all_orders",
                 "SELECT kind, entity, seq, version, occurred_at, link, state FROM history_checkpoints "
                 "WHERE kind = 'order' ORDER BY entity"),
     ORDERD_SCAN("checkpoints_of_all_accounts",
                 "SELECT kind, entity, seq, version, occurred_at, link, state FROM history_checkpoints "
                 "WHERE kind = 'account' ORDER BY entity")}};

#undef ORDERD_SCAN

/// Counts what is kept: along an index, but all of it.
inline constexpr postgres_statement history_span{
    "history_span", "SELECT n.dropped_to, n.applied_seq, (SELECT count(*) FROM events WHERE seq > "
                    "n.dropped_to), (SELECT count(*) FROM events_aside), n.identity, "
                    "(n.unchained_from IS NOT NULL)::int::int8 FROM node n"};

/// All that are read by a cursor.
inline constexpr std::array all_scans = {
    scan_products,  scan_reservations,   scan_orders,         scan_items,
    scan_accounts,  scan_holds,          scan_events[0],      scan_events[1],
    scan_events[2], scan_checkpoints[0], scan_checkpoints[1], scan_checkpoints[2],
};

} // namespace orderd::postgres_queries
