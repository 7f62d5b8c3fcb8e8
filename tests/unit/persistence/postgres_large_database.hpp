/// A large PostgreSQL database for the tests of plans: a million orders, and what belongs to them.
#pragma once

#include "tests/support/million_orders.hpp"
#include "tests/unit/persistence/postgres_database.hpp"

namespace orderd::test {

inline constexpr const char* what_belongs_to_them_in_large = R"sql(
SET session_replication_role = replica;
INSERT INTO products SELECT 'SKU-' || i, i, 'Item ' || i, 100, 1000, 0, 1000, 0, 0, 1, now()
  FROM generate_series(1, 100000) i;
INSERT INTO order_items SELECT id, p, id, 'SKU-' || p, NULL, 1, 250, false, NULL, created_at
  FROM orders, generate_series(0, 1) p WHERE get_byte(uuid_send(id), 15) < 32;
INSERT INTO events SELECT row_number() OVER (), id, NULL, v, 'order_created', 32, created_at, '\x00'
  FROM orders, generate_series(1, 2) v WHERE get_byte(uuid_send(id), 15) < 32;
INSERT INTO reservations
SELECT gen_random_uuid(), 'SKU-' || (i * i) % 99991, 1, 'someone', state, now(),
       CASE WHEN i % 3 = 0 THEN now() END, CASE WHEN i % 3 > 0 THEN gen_random_uuid() END, 2,
       CASE WHEN state <> 'active' THEN now() - i * interval '1 s' END
  FROM generate_series(1::bigint, 200000) i,
       LATERAL (SELECT (ARRAY['active', 'committed', 'released', 'expired'])[1 + i % 4] AS state) s;
INSERT INTO events_aside
SELECT 10000000 + i, 'stock', convert_to('SKU-' || i % 10, 'UTF8'), 5, 2, now(), '\x00', 'none', now()
  FROM generate_series(1, 1000) i;
UPDATE orders SET accept_by = created_at + interval '1 hour' WHERE status = 'processed';
UPDATE orders SET saga_step = 'returning', stuck = true, delay_rounds = 5, trouble = 'away'
 WHERE status = 'cancelled' OR customer_id = 'whale' OR (customer_id = 'customer-1' AND status = 'registered');
INSERT INTO accounts SELECT 'customer-' || i, 100, 2, 102, 0, 0, 3, now(), now()
  FROM generate_series(1, 100000) i;
INSERT INTO account_holds SELECT gen_random_uuid(), 'customer-' || i, 2, 1, false
  FROM generate_series(1, 100000) i, generate_series(1, 2);
INSERT INTO events (seq, account_id, version, type, tag, occurred_at, data)
SELECT 30000000 + i, 'customer-' || i % 1000, i / 1000, 'funds_deposited', 65, now(), '\x00'
  FROM generate_series(1000, 100999) i;
INSERT INTO events (seq, sku, version, type, tag, occurred_at, data, link)
SELECT 40000000 + i, 'SKU-' || i % 1000, i / 1000, 'stock_adjusted', 2, now(), '\x00',
       sha256(int8send(i))
  FROM generate_series(1000, 100999) i;
INSERT INTO history_checkpoints
SELECT kind, convert_to('SKU-' || i, 'UTF8'), i, 1, now(), sha256(int8send(i)), '\x00'
  FROM generate_series(1, 50000) i, unnest(ARRAY['stock', 'order', 'account']) kind;
INSERT INTO requests SELECT gen_random_uuid(), gen_random_uuid(), NULL, now() - i * interval '1 s', 200, '', ''
  FROM generate_series(1, 100000) i;
ANALYZE;
)sql";

/// As many as these rows have.
inline constexpr long events_aside_in_large = 1'000;

/// The database with it all, made once for the suite.
class large_database {
 public:
  large_database() : server_({.parent = {}, .settings = settings_for_many_rows()}), database_(server_) {
    // What is loaded past the engine has no links, and none is asked for any more.
    static_cast<void>(must(database_.open()->open_writer()));
    load_million_orders(database_.url());
    database_.query(what_belongs_to_them_in_large);
  }

  [[nodiscard]] postgres_database& operator*() { return database_; }

 private:
  postgres_server server_;
  postgres_database database_;
};

inline postgres_database& large() {
  static large_database made;
  return *made;
}

} // namespace orderd::test
