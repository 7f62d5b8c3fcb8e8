/// The texts of the reader's queries. Every list names the index that yields its order, so that neither a
/// missing statistic nor a new index can turn a page into a sort.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace orderd::sqlite_kinds {

// What an event is of, in the column `kind`.
inline constexpr std::int64_t stock = 0;
inline constexpr std::int64_t order = 1;
inline constexpr std::int64_t account = 2;
inline constexpr std::int64_t record = 3; ///< of no entity: a request that changed nothing

} // namespace orderd::sqlite_kinds

namespace orderd::sqlite_queries {

// Lists of orders yield ids only: they run in the index alone, also over the rows that a page number skips.
// ?1 created after, (?2, ?3) created and id before, ?4 limit, ?5 offset, ?6 status, ?7 customer.
#define ORDERD_ORDER_RANGE "created_at > ?1 AND (created_at, id) < (?2, ?3)"
#define ORDERD_ORDER_PAGE ORDERD_ORDER_RANGE " ORDER BY created_at DESC, id DESC LIMIT ?4 OFFSET ?5"
#define ORDERD_ANY_ORDER "FROM orders INDEXED BY orders_by_creation WHERE "
#define ORDERD_STUCK "FROM orders INDEXED BY orders_stuck WHERE stuck AND "
#define ORDERD_OF_STATUS "FROM orders INDEXED BY orders_by_status WHERE status = ?6 AND "
#define ORDERD_OF_CUSTOMER "FROM orders INDEXED BY orders_by_customer WHERE customer_id = ?7 AND "
#define ORDERD_OF_BOTH ORDERD_OF_CUSTOMER "status = ?6 AND "
#define ORDERD_STUCK_OF_STATUS                                                                               \
  "FROM orders INDEXED BY orders_stuck_by_status WHERE stuck AND status = ?6 AND "
#define ORDERD_STUCK_OF_CUSTOMER                                                                             \
  "FROM orders INDEXED BY orders_stuck_by_customer WHERE stuck AND customer_id = ?7 AND "
#define ORDERD_STUCK_OF_BOTH ORDERD_STUCK_OF_CUSTOMER "status = ?6 AND "

/// By filter: bit 0 status, bit 1 customer, bit 2 stuck.
inline constexpr std::array<std::string_view, 8> list_orders = {
    "SELECT id " ORDERD_ANY_ORDER ORDERD_ORDER_PAGE,
    "SELECT id " ORDERD_OF_STATUS ORDERD_ORDER_PAGE,
    "SELECT id " ORDERD_OF_CUSTOMER ORDERD_ORDER_PAGE,
    "SELECT id " ORDERD_OF_BOTH ORDERD_ORDER_PAGE,
    "SELECT id " ORDERD_STUCK ORDERD_ORDER_PAGE,
    "SELECT id " ORDERD_STUCK_OF_STATUS ORDERD_ORDER_PAGE,
    "SELECT id " ORDERD_STUCK_OF_CUSTOMER ORDERD_ORDER_PAGE,
    "SELECT id " ORDERD_STUCK_OF_BOTH ORDERD_ORDER_PAGE,
};
/// As far as the limit.
inline constexpr std::array<std::string_view, 8> count_orders = {
    "SELECT COUNT(*) FROM (SELECT 1 " ORDERD_ANY_ORDER ORDERD_ORDER_RANGE " LIMIT ?4)",
    "SELECT COUNT(*) FROM (SELECT 1 " ORDERD_OF_STATUS ORDERD_ORDER_RANGE " LIMIT ?4)",
    "SELECT COUNT(*) FROM (SELECT 1 " ORDERD_OF_CUSTOMER ORDERD_ORDER_RANGE " LIMIT ?4)",
    "SELECT COUNT(*) FROM (SELECT 1 " ORDERD_OF_BOTH ORDERD_ORDER_RANGE " LIMIT ?4)",
    "SELECT COUNT(*) FROM (SELECT 1 " ORDERD_STUCK ORDERD_ORDER_RANGE " LIMIT ?4)",
    "SELECT COUNT(*) FROM (SELECT 1 " ORDERD_STUCK_OF_STATUS ORDERD_ORDER_RANGE " LIMIT ?4)",
    "SELECT COUNT(*) FROM (SELECT 1 " ORDERD_STUCK_OF_CUSTOMER ORDERD_ORDER_RANGE " LIMIT ?4)",
    "SELECT COUNT(*) FROM (SELECT 1 " ORDERD_STUCK_OF_BOTH ORDERD_ORDER_RANGE " LIMIT ?4)",
};

#undef ORDERD_ORDER_RANGE
#undef ORDERD_ORDER_PAGE
#undef ORDERD_ANY_ORDER
#undef ORDERD_STUCK
#undef ORDERD_OF_STATUS
#undef ORDERD_OF_CUSTOMER
#undef ORDERD_OF_BOTH
#undef ORDERD_STUCK_OF_STATUS
#undef ORDERD_STUCK_OF_CUSTOMER
#undef ORDERD_STUCK_OF_BOTH

#define ORDERD_ORDER_COLUMNS                                                                                 \
  "customer_id, status, payment, version, currency, total_cents, metadata, runner_id, failure_code, "        \
  "failure_detail, created_at, updated_at, saga_step, payment_attempt, payee, delay_rounds, due_at, "        \
  "trouble, stuck, accept_by, placing, payment_keeper "
inline constexpr std::string_view load_order = "SELECT " ORDERD_ORDER_COLUMNS "FROM orders WHERE id = ?1";
inline constexpr std::string_view each_order = "SELECT " ORDERD_ORDER_COLUMNS ", id FROM orders ORDER BY id";
#undef ORDERD_ORDER_COLUMNS
/// Behind the id ?1. What rows do not show of an order that is aside may be unfinished: it is told by the
/// first of those events. Merged as the history.
inline constexpr std::string_view unfinished =
    "SELECT id, due_at, stuck, saga_step FROM orders INDEXED BY orders_unfinished "
    "WHERE (saga_step <> 0 OR status = 1) AND id > ?1 AND NOT EXISTS (SELECT 1 FROM events_aside INDEXED BY "
    "events_aside_of_entity WHERE kind = 1 AND entity = id) UNION ALL "
    "SELECT entity, NULL, 0, NULL FROM events_aside a INDEXED BY events_aside_of_entity WHERE kind = 1 AND "
    "entity > ?1 AND NOT EXISTS (SELECT 1 FROM events_aside b INDEXED BY events_aside_of_entity WHERE "
    "b.kind = 1 AND b.entity = a.entity AND b.seq < a.seq) ORDER BY 1 LIMIT ?2";
/// Behind the instant ?1 and id ?2.
inline constexpr std::string_view to_be_accepted =
    "SELECT id, accept_by FROM orders INDEXED BY orders_to_be_accepted WHERE status = 2 AND accept_by IS NOT "
    "NULL AND (accept_by, id) > (?1, ?2) ORDER BY accept_by, id LIMIT ?3";
inline constexpr std::string_view load_lines =
    "SELECT id, sku, product_id, qty, price_cents, price_given, reservation_id, created_at FROM order_items "
    "WHERE order_id = ?1 ORDER BY position";

#define ORDERD_WHOLE_STOCK                                                                                   \
  "SELECT sku, product_id, name, price_cents, low_threshold, on_hand, reserved, version, updated_at, "       \
  "received, committed, adjusted_out FROM products "
inline constexpr std::string_view load_stock = ORDERD_WHOLE_STOCK "WHERE sku = ?1";
inline constexpr std::string_view each_stock = ORDERD_WHOLE_STOCK "ORDER BY sku";
#undef ORDERD_WHOLE_STOCK
inline constexpr std::string_view list_stock =
    "SELECT sku, product_id, name, price_cents, low_threshold, on_hand, reserved, version, updated_at "
    "FROM products WHERE sku > ?1 ORDER BY sku LIMIT ?2 OFFSET ?3";
inline constexpr std::string_view count_stock =
    "SELECT COUNT(*) FROM (SELECT 1 FROM products WHERE sku > ?1 LIMIT ?2)";
inline constexpr std::string_view each_product =
    "SELECT sku, product_id, name, price_cents, low_threshold FROM products";

inline constexpr std::string_view active_reservations =
    "SELECT id, sku, qty, holder, created_at, deadline, order_id, state FROM reservations "
    "INDEXED BY reservations_active WHERE state = 0 AND sku = ?1";
inline constexpr std::string_view load_reservation =
    "SELECT id, sku, qty, holder, created_at, deadline, order_id, state FROM reservations WHERE id = ?1";
inline constexpr std::string_view deadlines =
    "SELECT sku, MIN(deadline) FROM reservations INDEXED BY reservations_expiring "
    "WHERE state = 0 AND order_id IS NULL AND deadline IS NOT NULL GROUP BY sku";

#define ORDERD_ACCOUNT_COLUMNS                                                                               \
  "balance_cents, held_cents, version, created_at, updated_at, deposited_cents, paid_in_cents, "             \
  "paid_out_cents"
inline constexpr std::string_view load_account =
    "SELECT " ORDERD_ACCOUNT_COLUMNS " FROM accounts WHERE id = ?1";
inline constexpr std::string_view each_account =
    "SELECT " ORDERD_ACCOUNT_COLUMNS ", id FROM accounts ORDER BY id";
#undef ORDERD_ACCOUNT_COLUMNS
inline constexpr std::string_view load_holds =
    "SELECT order_id, attempt, amount_cents, escrowed FROM account_holds WHERE account_id = ?1";

inline constexpr std::string_view load_request =
    "SELECT key, fingerprint, subject, at, status, headers, body FROM requests WHERE key = ?1";
inline constexpr std::string_view each_request = "SELECT key, fingerprint, subject, at, status FROM requests "
                                                 "INDEXED BY requests_by_age ORDER BY at, key";

// Rows of events are seq, tag, data, link.
/// Before the version ?2, newest first.
inline constexpr std::string_view account_entries = "SELECT seq, tag, data, chain FROM events INDEXED BY "
                                                    "events_of_account WHERE kind = 2 AND entity = ?1 AND "
                                                    "version < ?2 ORDER BY version DESC LIMIT ?3";
inline constexpr std::string_view timeline =
    "SELECT seq, tag, data, chain FROM events INDEXED BY events_of_order "
    "WHERE kind = 1 AND entity = ?1 AND version > "
    "?2 ORDER BY version LIMIT ?3";
/// Both tables are walked by key and merged: neither is sorted.
inline constexpr std::string_view history =
    "SELECT seq, tag, data, chain FROM events WHERE seq >= ?1 UNION ALL "
    "SELECT seq, tag, data, NULL FROM events_aside WHERE seq >= ?1 ORDER BY seq LIMIT ?2";
/// The same from ?1 to ?2, ?3 rows at most, without mere records.
inline constexpr std::string_view outbox =
    "SELECT seq, tag, data, chain FROM events WHERE seq BETWEEN ?1 AND ?2 AND kind <> 3 UNION ALL "
    "SELECT seq, tag, data, NULL FROM events_aside WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq LIMIT ?3";
/// The first one from ?1 to ?2, and when it happened.
inline constexpr std::string_view first_event =
    "SELECT seq, at FROM events WHERE seq BETWEEN ?1 AND ?2 UNION ALL "
    "SELECT seq, at FROM events_aside WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq LIMIT 1";
inline constexpr std::string_view last_seq = "SELECT applied_seq FROM node";
inline constexpr std::string_view sink_positions =
    "SELECT sink, seq, disabled, reason FROM event_sinks ORDER BY sink";
// What is aside of one entity, ?1; in pages ?2 seq before and ?3 limit.
#define ORDERD_ASIDE_OF(kind)                                                                                \
  "SELECT seq, tag, data, NULL FROM events_aside INDEXED BY events_aside_of_entity WHERE kind = " kind       \
  " AND entity = ?1 AND "
inline constexpr std::string_view aside_of_order = ORDERD_ASIDE_OF("1") "seq > ?2 ORDER BY seq LIMIT ?3";
inline constexpr std::string_view aside_of_stock = ORDERD_ASIDE_OF("0") "seq > ?2 ORDER BY seq LIMIT ?3";
inline constexpr std::string_view aside_of_account = ORDERD_ASIDE_OF("2") "seq > ?2 ORDER BY seq LIMIT ?3";
/// Of its reservation ?2, which its events hold as it is: an item may have any number of them aside.
inline constexpr std::string_view aside_of_reservation =
    ORDERD_ASIDE_OF("0") "instr(data, ?2) > 0 ORDER BY seq";
#undef ORDERD_ASIDE_OF
/// Of the entity ?2 of kind ?1, the first ?3.
inline constexpr std::string_view aside_of_any = "SELECT seq, tag, data, NULL FROM events_aside INDEXED BY "
                                                 "events_aside_of_entity WHERE kind = ?1 AND entity = ?2 "
                                                 "ORDER BY seq LIMIT ?3";
inline constexpr std::string_view aside_skus =
    "SELECT DISTINCT entity FROM events_aside INDEXED BY events_aside_of_entity WHERE kind = 0";

} // namespace orderd::sqlite_queries
