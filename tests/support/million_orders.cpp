#include "tests/support/million_orders.hpp"

#include "tests/support/postgres_server.hpp"

namespace orderd::test {
namespace {

/// The secondary indexes are built behind the rows, which is faster; their definitions are the schema's.
constexpr const char* rows_and_indexes = R"sql(
SET session_replication_role = replica;
SET maintenance_work_mem = '256MB';
CREATE TEMP TABLE later AS SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN ('orders', 'events')
  AND indexname NOT LIKE '%_pkey';
DO $$ DECLARE d record; BEGIN FOR d IN SELECT * FROM later LOOP
  EXECUTE 'DROP INDEX ' || d.indexname; END LOOP; END $$;
INSERT INTO orders
SELECT (lpad(to_hex(1700000000000 + i * 97), 12, '0') || '7000' || '8' || lpad(to_hex(i), 15, '0'))::uuid,
       CASE WHEN i % 1000 = 0 THEN 'whale' WHEN i % 5 = 3 THEN 'leviathan'
            ELSE 'customer-' || (i * i) % 99991 END,
       CASE WHEN i <= 10 THEN 'accepted' WHEN i <= 100 AND i % 5 = 3 THEN 'registered' ELSE
         COALESCE((ARRAY['draft', 'registered', 'processed', 'cancelled', 'failed'])[1 + i % 40],
                  'completed') END,
       'none', 3, 'EUR', 500, '{}', NULL, NULL, NULL, at, at
  FROM generate_series(1::bigint, 1000000) i,
       LATERAL (SELECT to_timestamp((1700000000000 + i * 97) / 1000.0) AS at) t;
DO $$ DECLARE d record; BEGIN FOR d IN SELECT * FROM later LOOP
  EXECUTE d.indexdef; END LOOP; END $$;
)sql";

/// The variables `products` and `ended` go in front.
constexpr const char* items_and_reservations = R"sql(
SET session_replication_role = replica;
INSERT INTO products SELECT 'SKU-' || i, i, 'Item ' || i, 100, 1000, 1, 1000, 0, 0, 2, now()
  FROM generate_series(0, current_setting('shop.products')::int - 1) i;
INSERT INTO reservations
SELECT gen_random_uuid(), sku, 1, 'someone', 'active', now(),
       CASE WHEN product_id % 3 = 0 THEN now() + interval '1 day' END,
       CASE WHEN product_id % 3 > 0 THEN gen_random_uuid() END, 2, NULL FROM products;
INSERT INTO reservations
SELECT gen_random_uuid(), 'SKU-' || i % current_setting('shop.products')::int, 1, 'someone',
       (ARRAY['committed', 'released', 'expired'])[1 + i % 3], now(), now(), NULL, 2, now()
  FROM generate_series(1, current_setting('shop.ended')::int) i;
ANALYZE products, reservations;
)sql";

} // namespace

void load_million_orders(const std::string& url) { query_postgres(url, rows_and_indexes); }

void load_reservations(const std::string& url, int products, int ended) {
  query_postgres(url, "SET shop.products = " + std::to_string(products) +
                          ";SET shop.ended = " + std::to_string(ended) + ';' + items_and_reservations);
}

arguments settings_for_many_rows() {
  return {"shared_buffers = 256MB", "max_wal_size = 8GB", "wal_level = minimal", "max_wal_senders = 0",
          "autovacuum = off"};
}

} // namespace orderd::test
