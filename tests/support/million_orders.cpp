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
       CASE WHEN i % 1000 = 0 THEN 'whale' ELSE 'customer-' || (i * i) % 99991 END,
       CASE WHEN i <= 10 THEN 'accepted' ELSE
         COALESCE((ARRAY['draft', 'registered', 'processed', 'cancelled', 'failed'])[1 + i % 40],
                  'completed') END,
       'none', 3, 'EUR', 500, '{}', NULL, NULL, NULL, at, at
  FROM generate_series(1::bigint, 1000000) i,
       LATERAL (SELECT to_timestamp((1700000000000 + i * 97) / 1000.0) AS at) t;
DO $$ DECLARE d record; BEGIN FOR d IN SELECT * FROM later LOOP
  EXECUTE d.indexdef; END LOOP; END $$;
)sql";

} // namespace

void load_million_orders(const std::string& url) { query_postgres(url, rows_and_indexes); }

arguments settings_for_many_rows() {
  return {"shared_buffers = 256MB", "max_wal_size = 8GB", "wal_level = minimal", "max_wal_senders = 0",
          "autovacuum = off"};
}

} // namespace orderd::test
