-- One order of one line by the row-lock way, for pgbench. The variable `skus`: 1 for a hot SKU.
\set sku random(1, :skus)
\set customer random(1, 1000)
BEGIN;
UPDATE stock SET qty = qty - 1 WHERE sku = :sku AND qty >= 1;
INSERT INTO orders (customer_id, status, total_cents) VALUES (:customer, 'processed', 100)
    RETURNING id AS order_id \gset
INSERT INTO order_items (order_id, sku, qty, price_cents) VALUES (:order_id, :sku, 1, 100);
COMMIT;
