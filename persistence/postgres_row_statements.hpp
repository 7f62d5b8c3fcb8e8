/// The statements that write rows: each takes a column of all its rows as an array.
#pragma once

#include "persistence/postgres_connection.hpp"

namespace orderd::postgres_row_texts {

inline constexpr postgres_statement clear_product_ids = {"clear_product_ids", R"sql(
UPDATE products p SET product_id = NULL FROM unnest($1::text[], $2::int8[]) AS u (sku, product_id)
 WHERE p.sku = u.sku AND p.product_id IS NOT NULL AND p.product_id IS DISTINCT FROM u.product_id)sql"};
inline constexpr postgres_statement put_products = {"put_products", R"sql(
INSERT INTO products (sku, product_id, name, price_cents, on_hand, reserved, received, committed,
                      adjusted_out, version, updated_at, low_threshold)
SELECT * FROM unnest($1::text[], $2::int8[], $3::text[], $4::int8[], $5::int8[], $6::int8[], $7::int8[],
                     $8::int8[], $9::int8[], $10::int8[], $11::timestamptz[], $12::int8[])
ON CONFLICT (sku) DO UPDATE SET product_id = EXCLUDED.product_id, name = EXCLUDED.name,
  price_cents = EXCLUDED.price_cents, on_hand = EXCLUDED.on_hand, reserved = EXCLUDED.reserved,
  received = EXCLUDED.received, committed = EXCLUDED.committed, adjusted_out = EXCLUDED.adjusted_out,
  version = EXCLUDED.version, updated_at = EXCLUDED.updated_at,
  low_threshold = EXCLUDED.low_threshold)sql"};
inline constexpr postgres_statement change_products = {"change_products", R"sql(
UPDATE products p SET on_hand = u.on_hand, reserved = u.reserved, received = u.received,
  committed = u.committed, adjusted_out = u.adjusted_out, version = u.version, updated_at = u.updated_at
  FROM unnest($1::text[], $2::int8[], $3::int8[], $4::int8[], $5::int8[], $6::int8[], $7::int8[],
              $8::timestamptz[])
    AS u (sku, on_hand, reserved, received, committed, adjusted_out, version, updated_at)
 WHERE p.sku = u.sku)sql"};

inline constexpr postgres_statement insert_orders = {"insert_orders", R"sql(
INSERT INTO orders (id, customer_id, status, payment_status, version, currency, total_cents, metadata,
                    runner_id, failure_code, failure_detail, created_at, updated_at, saga_step, placement,
                    payment_attempt, payee, delay_rounds, due_at, trouble, stuck, accept_by,
                    payment_keeper)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int8[], $6::text[], $7::int8[],
                     $8::json[], $9::text[], $10::text[], $11::text[], $12::timestamptz[],
                     $13::timestamptz[], $14::text[], $15::bytea[], $16::int8[], $17::text[], $18::int8[],
                     $19::timestamptz[], $20::text[], $21::bool[], $22::timestamptz[], $23::text[]))sql"};
/// `delay_rounds` says whether the step's delay is a new one: of that, null is a value.
inline constexpr postgres_statement change_orders = {"change_orders", R"sql(
UPDATE orders o SET version = u.version, updated_at = u.updated_at, status = COALESCE(u.status, o.status),
  total_cents = COALESCE(u.total_cents, o.total_cents), metadata = COALESCE(u.metadata, o.metadata),
  runner_id = COALESCE(u.runner_id, o.runner_id), failure_code = COALESCE(u.failure_code, o.failure_code),
  failure_detail = COALESCE(u.failure_detail, o.failure_detail),
  payment_status = COALESCE(u.payment_status, o.payment_status),
  saga_step = COALESCE(u.saga_step, o.saga_step),
  placement = CASE WHEN COALESCE(u.saga_step, o.saga_step) IN ('authorizing', 'escrowing', 'placing')
                 THEN COALESCE(u.placement, o.placement) END,
  payment_attempt = COALESCE(u.payment_attempt, o.payment_attempt), payee = COALESCE(u.payee, o.payee),
  delay_rounds = COALESCE(u.delay_rounds, o.delay_rounds),
  due_at = CASE WHEN u.delay_rounds IS NULL THEN o.due_at ELSE u.due_at END,
  trouble = CASE WHEN u.delay_rounds IS NULL THEN o.trouble ELSE u.trouble END,
  stuck = COALESCE(u.stuck, o.stuck), accept_by = COALESCE(u.accept_by, o.accept_by),
  payment_keeper = COALESCE(u.payment_keeper, o.payment_keeper)
  FROM unnest($1::uuid[], $2::int8[], $3::timestamptz[], $4::text[], $5::int8[], $6::json[], $7::text[],
              $8::text[], $9::text[], $10::text[], $11::text[], $12::bytea[], $13::int8[], $14::text[],
              $15::int8[], $16::timestamptz[], $17::text[], $18::bool[], $19::timestamptz[], $20::text[])
    AS u (id, version, updated_at, status, total_cents, metadata, runner_id, failure_code, failure_detail,
          payment_status, saga_step, placement, payment_attempt, payee, delay_rounds, due_at, trouble, stuck,
          accept_by, payment_keeper)
 WHERE o.id = u.id)sql"};
inline constexpr postgres_statement drop_orders = {"drop_orders",
                                                   "DELETE FROM orders WHERE id = ANY ($1::uuid[])"};
inline constexpr postgres_statement clear_items = {
    "clear_items", "DELETE FROM order_items WHERE order_id = ANY ($1::uuid[])"};
inline constexpr postgres_statement insert_items = {"insert_items", R"sql(
INSERT INTO order_items (order_id, position, id, sku, product_id, qty, price_cents, price_given,
                         reservation_id, created_at)
SELECT * FROM unnest($1::uuid[], $2::int2[], $3::uuid[], $4::text[], $5::int8[], $6::int8[], $7::int8[],
                     $8::bool[], $9::uuid[], $10::timestamptz[]))sql"};

inline constexpr postgres_statement insert_reservations = {"insert_reservations", R"sql(
INSERT INTO reservations (id, sku, qty, holder, state, created_at, deadline, order_id, version, ended_at)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::int8[], $4::text[], $5::text[], $6::timestamptz[],
                     $7::timestamptz[], $8::uuid[], $9::int8[], $10::timestamptz[]))sql"};
/// `owned` says whether `order_id` is the new owner; null is a value of it.
inline constexpr postgres_statement change_reservations = {"change_reservations", R"sql(
UPDATE reservations r SET version = u.version, state = u.state, ended_at = u.ended_at,
  deadline = COALESCE(u.deadline, r.deadline),
  order_id = CASE WHEN u.owned THEN u.order_id ELSE r.order_id END
  FROM unnest($1::uuid[], $2::int8[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::bool[],
              $7::uuid[])
    AS u (id, version, state, ended_at, deadline, owned, order_id)
 WHERE r.id = u.id)sql"};

inline constexpr postgres_statement insert_accounts = {"insert_accounts", R"sql(
INSERT INTO accounts (id, created_at, balance_cents, held_cents, deposited_cents, paid_in_cents,
                      paid_out_cents, version, updated_at)
SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::int8[], $4::int8[], $5::int8[], $6::int8[],
                     $7::int8[], $8::int8[], $9::timestamptz[]))sql"};
inline constexpr postgres_statement change_accounts = {"change_accounts", R"sql(
UPDATE accounts a SET balance_cents = u.balance_cents, held_cents = u.held_cents,
  deposited_cents = u.deposited_cents, paid_in_cents = u.paid_in_cents, paid_out_cents = u.paid_out_cents,
  version = u.version, updated_at = u.updated_at
  FROM unnest($1::text[], $2::int8[], $3::int8[], $4::int8[], $5::int8[], $6::int8[], $7::int8[],
              $8::timestamptz[])
    AS u (id, balance_cents, held_cents, deposited_cents, paid_in_cents, paid_out_cents, version, updated_at)
 WHERE a.id = u.id)sql"};

/// A hold that was made in the batch may follow a stored one of the same order.
inline constexpr postgres_statement put_holds = {"put_holds", R"sql(
INSERT INTO account_holds (order_id, account_id, attempt, amount_cents, escrowed)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::int8[], $4::int8[], $5::bool[])
ON CONFLICT (order_id) DO UPDATE SET account_id = EXCLUDED.account_id, attempt = EXCLUDED.attempt,
  amount_cents = EXCLUDED.amount_cents, escrowed = EXCLUDED.escrowed)sql"};
inline constexpr postgres_statement escrow_holds = {
    "escrow_holds", "UPDATE account_holds SET escrowed = true WHERE order_id = ANY ($1::uuid[])"};
inline constexpr postgres_statement drop_holds = {
    "drop_holds", "DELETE FROM account_holds WHERE order_id = ANY ($1::uuid[])"};

/// An answer is not forgotten for a claim that came before it.
inline constexpr postgres_statement put_requests = {"put_requests", R"sql(
INSERT INTO requests AS r (key, fingerprint, subject, at, status, headers, body)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::int8[], $6::bytea[],
                     $7::bytea[])
ON CONFLICT (key) DO UPDATE SET fingerprint = EXCLUDED.fingerprint, subject = EXCLUDED.subject,
  at = EXCLUDED.at, status = EXCLUDED.status, headers = EXCLUDED.headers, body = EXCLUDED.body
 WHERE r.status IS NULL OR EXCLUDED.status IS NOT NULL OR EXCLUDED.at > r.at)sql"};

inline constexpr postgres_statement insert_events = {"insert_events", R"sql(
INSERT INTO events (seq, order_id, sku, account_id, request, version, type, tag, occurred_at, data, link)
SELECT * FROM unnest($1::int8[], $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::int8[], $7::text[],
                     $8::int2[], $9::timestamptz[], $10::bytea[], $11::bytea[]))sql"};

} // namespace orderd::postgres_row_texts
