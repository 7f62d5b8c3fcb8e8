/// The texts of the reader's queries of orders: see postgres_queries.hpp.
#pragma once

#include "persistence/postgres_connection.hpp"
#include "persistence/store.hpp"

#include <array>

namespace orderd::postgres_queries {

#define ORDERD_ORDER_COLUMNS                                                                                 \
  "o.id, o.customer_id, o.status, o.payment_status, o.version, o.currency, o.total_cents, o.metadata, "      \
  "o.runner_id, o.failure_code, o.failure_detail, o.created_at, o.updated_at, o.saga_step, o.placement, "    \
  "o.payment_attempt, o.payee, o.delay_rounds, o.due_at, o.trouble, o.stuck, o.accept_by, "                  \
  "o.payment_keeper, "                                                                                       \
  "i.id, i.sku, i.product_id, i.qty, i.price_cents, i.price_given, i.reservation_id, i.created_at"

// A page is cut out of the index first; the lines of its orders follow and are sorted with them, which are
// few by then. OFFSET 0 keeps the planner from turning that into a join of the two tables. The column that a
// list is filtered by is part of the range and of the order, although it is the same in all its rows: by an
// equality the planner may take another index and read what it filters out, all of it for a status that is
// rare. So each list can only be read in order along one index, and no other is sorted. $1 created after,
// ($2, $3) created and id before; in pages $4 limit and $5 offset; then the filters.
#define ORDERD_ORDER_PAGE(condition, columns, filter, order)                                                 \
  "SELECT " ORDERD_ORDER_COLUMNS " FROM (SELECT * FROM orders WHERE " condition "(" columns                  \
  "created_at) > (" filter "$1) AND (" columns "created_at, id) < (" filter "$2, $3) ORDER BY " order        \
  "created_at DESC, id DESC LIMIT $4 OFFSET $5) o "                                                          \
  "LEFT JOIN LATERAL (SELECT * FROM order_items WHERE order_id = o.id OFFSET 0) i ON true "                  \
  "ORDER BY " order "o.created_at DESC, o.id DESC, i.position"
#define ORDERD_ORDER_COUNT(condition, columns, filter, order)                                                \
  "SELECT COUNT(*) FROM (SELECT FROM orders WHERE " condition "(" columns "created_at) > (" filter           \
  "$1) AND (" columns "created_at, id) < (" filter "$2, $3) ORDER BY " order                                 \
  "created_at DESC, id DESC LIMIT 100000) counted"
// What is stuck has indexes of its own, whose first column says so.
#define ORDERD_STUCK(what, columns, filter, order)                                                           \
  what("stuck AND ", "stuck, " columns, "true, " filter, "stuck DESC, " order)

/// By filter: bit 0 status, bit 1 customer, bit 2 stuck. The customer comes before the status.
inline constexpr std::array<postgres_statement, 8> list_orders = {{
    {"list_orders", ORDERD_ORDER_PAGE("", "", "", "")},
    {"list_orders_of_status", ORDERD_ORDER_PAGE("", "status, ", "$6, ", "status DESC, ")},
    {"list_orders_of_customer", ORDERD_ORDER_PAGE("", "customer_id, ", "$6, ", "customer_id DESC, ")},
    {"list_orders_of_both",
     ORDERD_ORDER_PAGE("", "customer_id, status, ", "$6, $7, ", "customer_id DESC, status DESC, ")},
    {"list_stuck", ORDERD_STUCK(ORDERD_ORDER_PAGE, "", "", "")},
    {"list_stuck_of_status", ORDERD_STUCK(ORDERD_ORDER_PAGE, "status, ", "$6, ", "status DESC, ")},
    {"list_stuck_of_customer",
     ORDERD_STUCK(ORDERD_ORDER_PAGE, "customer_id, ", "$6, ", "customer_id DESC, ")},
    {"list_stuck_of_both",
     ORDERD_STUCK(ORDERD_ORDER_PAGE, "customer_id, status, ", "$6, $7, ", "customer_id DESC, status DESC, ")},
}};
inline constexpr std::array<postgres_statement, 8> count_orders = {{
    {"count_orders", ORDERD_ORDER_COUNT("", "", "", "")},
    {"count_orders_of_status", ORDERD_ORDER_COUNT("", "status, ", "$4, ", "status DESC, ")},
    {"count_orders_of_customer", ORDERD_ORDER_COUNT("", "customer_id, ", "$4, ", "customer_id DESC, ")},
    {"count_orders_of_both",
     ORDERD_ORDER_COUNT("", "customer_id, status, ", "$4, $5, ", "customer_id DESC, status DESC, ")},
    {"count_stuck", ORDERD_STUCK(ORDERD_ORDER_COUNT, "", "", "")},
    {"count_stuck_of_status", ORDERD_STUCK(ORDERD_ORDER_COUNT, "status, ", "$4, ", "status DESC, ")},
    {"count_stuck_of_customer",
     ORDERD_STUCK(ORDERD_ORDER_COUNT, "customer_id, ", "$4, ", "customer_id DESC, ")},
    {"count_stuck_of_both", ORDERD_STUCK(ORDERD_ORDER_COUNT, "customer_id, status, ", "$4, $5, ",
                                         "customer_id DESC, status DESC, ")},
}};
static_assert(rows_counted_max == 100'000, "the texts count so far");

// What has to be looked after, along the indexes of just that. The first column of the former is true in all
// its rows, so that the index of all ids, which would have to be read to its end, does not yield this order.
// What rows do not show of an order that is aside may be unfinished: it is told in place of its row, if any.
// $1 id before, $2 limit.
#define ORDERD_UNFINISHED "(saga_step <> 'none' OR status = 'registered')"
inline constexpr postgres_statement unfinished{
    "unfinished",
    "SELECT DISTINCT ON (id) id, due_at, stuck, saga_step FROM ("
    "(SELECT id, due_at, stuck, saga_step, false AS is_aside FROM orders "
    "WHERE " ORDERD_UNFINISHED " AND (" ORDERD_UNFINISHED ", id) > (true, $1) ORDER BY " ORDERD_UNFINISHED
    ", id LIMIT $2) UNION ALL (SELECT encode(entity, 'hex')::uuid, NULL, false, NULL, true FROM (SELECT "
    "DISTINCT "
    "entity FROM events_aside WHERE kind = 'order' AND entity > uuid_send($1) ORDER BY entity LIMIT $2) a)"
    ") o ORDER BY id, is_aside DESC LIMIT $2"};
#undef ORDERD_UNFINISHED
// ($1, $2) time and id before, $3 limit.
inline constexpr postgres_statement to_be_accepted{
    "to_be_accepted", "SELECT id, accept_by FROM orders WHERE status = 'processed' AND accept_by IS NOT NULL "
                      "AND (accept_by, id) > ($1, $2) ORDER BY accept_by, id LIMIT $3"};

// A single entity is a row even if only events that are aside know it: the last column says whether there
// are any.
inline constexpr postgres_statement load_order{
    "load_order",
    "SELECT " ORDERD_ORDER_COLUMNS ", a.is_aside FROM (SELECT EXISTS (SELECT FROM events_aside WHERE "
    "entity = uuid_send($1) AND kind = 'order') AS is_aside) a LEFT JOIN orders o ON o.id = $1 "
    "LEFT JOIN order_items i ON i.order_id = $1 ORDER BY i.position"};

#undef ORDERD_ORDER_COLUMNS
#undef ORDERD_ORDER_PAGE
#undef ORDERD_ORDER_COUNT
#undef ORDERD_STUCK

} // namespace orderd::postgres_queries
