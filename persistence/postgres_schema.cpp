#include "persistence/postgres_schema.hpp"

namespace orderd {

/// Texts that are compared or sorted have the collation "C": the engine compares bytes, and the index of a
/// list must yield its order whatever locale the database was made with. Columns that a batch changes and
/// that no index names are updated in place (HOT) while their page has room: hence the fill factors. Each
/// list that can be asked for has one index, and nothing else has any. Foreign keys stand where the row that
/// they check was written or locked by the same batch, which makes the check cheap.
const char* const postgres_first_schema = R"sql(
CREATE TABLE node (
  id          smallint    PRIMARY KEY CHECK (id = 1),
  identity    uuid        NOT NULL,
  applied_seq bigint      NOT NULL CHECK (applied_seq >= 0),
  epoch       bigint      NOT NULL CHECK (epoch >= 0),
  last_epoch  bigint      NOT NULL CHECK (last_epoch >= 0),
  updated_at  timestamptz NOT NULL
);
COMMENT ON TABLE node IS 'The engine that writes these tables: one row, moved on in the transaction of every batch';
COMMENT ON COLUMN node.id IS 'Always 1';
COMMENT ON COLUMN node.identity IS 'Shared with the journal in the data folder; a folder of another database is refused';
COMMENT ON COLUMN node.applied_seq IS 'The last event of the journal that these tables contain';
COMMENT ON COLUMN node.epoch IS 'One more with each process that took the database over; an older process can write nothing any more';
COMMENT ON COLUMN node.last_epoch IS 'The epoch of the process that made the last event applied; events of an older one contradict it';
COMMENT ON COLUMN node.updated_at IS 'When the row was last changed, by the database server''s clock';

CREATE TABLE products (
  sku          text        COLLATE "C" PRIMARY KEY,
  product_id   bigint      UNIQUE,
  name         text        NOT NULL,
  price_cents  bigint      NOT NULL,
  on_hand      bigint      NOT NULL,
  reserved     bigint      NOT NULL CHECK (reserved BETWEEN 0 AND on_hand),
  received     bigint      NOT NULL,
  committed    bigint      NOT NULL,
  adjusted_out bigint      NOT NULL CHECK (received - committed - adjusted_out = on_hand),
  version      bigint      NOT NULL,
  updated_at   timestamptz NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
COMMENT ON TABLE products IS 'The catalogue with its stock: one row a stock item';
COMMENT ON COLUMN products.sku IS 'Names the stock item';
COMMENT ON COLUMN products.product_id IS 'The number that clients may use in place of the sku';
COMMENT ON COLUMN products.name IS 'Shown to buyers';
COMMENT ON COLUMN products.price_cents IS 'Price of one unit in minor units of the currency';
COMMENT ON COLUMN products.on_hand IS 'Units in the house, reserved ones included';
COMMENT ON COLUMN products.reserved IS 'Units that active reservations hold; on_hand less these are available';
COMMENT ON COLUMN products.received IS 'Units that ever came in';
COMMENT ON COLUMN products.committed IS 'Units that ever left with an order';
COMMENT ON COLUMN products.adjusted_out IS 'Units that were ever taken out by hand; received - committed - adjusted_out = on_hand';
COMMENT ON COLUMN products.version IS 'Counts the item''s events';
COMMENT ON COLUMN products.updated_at IS 'When the item last changed';

CREATE TABLE orders (
  id             uuid        PRIMARY KEY,
  customer_id    text        COLLATE "C" NOT NULL,
  status         text        COLLATE "C" NOT NULL CHECK (status IN
    ('draft', 'registered', 'processed', 'accepted', 'completed', 'cancelled', 'failed')),
  payment_status text        COLLATE "C" NOT NULL CHECK (payment_status IN
    ('none', 'pending', 'authorized', 'captured', 'refunded', 'failed')),
  version        bigint      NOT NULL,
  currency       text        NOT NULL,
  total_cents    bigint      NOT NULL,
  metadata       json        NOT NULL,
  runner_id      text,
  failure_code   text,
  failure_detail text,
  created_at     timestamptz NOT NULL,
  updated_at     timestamptz NOT NULL,
  CHECK ((failure_code IS NULL) = (failure_detail IS NULL))
) WITH (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX orders_by_creation ON orders (created_at, id);
CREATE INDEX orders_by_customer ON orders (customer_id, created_at, id);
CREATE INDEX orders_by_customer_and_status ON orders (customer_id, status, created_at, id);
CREATE INDEX orders_by_status ON orders (status, created_at, id);
COMMENT ON TABLE orders IS 'Every order in its present state';
COMMENT ON COLUMN orders.id IS 'A UUID of version 7';
COMMENT ON COLUMN orders.customer_id IS 'Who ordered';
COMMENT ON COLUMN orders.status IS 'Where the order is in its life';
COMMENT ON COLUMN orders.payment_status IS 'Where its payment is';
COMMENT ON COLUMN orders.version IS 'Counts the order''s events';
COMMENT ON COLUMN orders.currency IS 'ISO 4217 code of all the order''s amounts';
COMMENT ON COLUMN orders.total_cents IS 'Sum of quantity times price over the lines, in minor units';
COMMENT ON COLUMN orders.metadata IS 'The client''s own JSON object, kept to the letter';
COMMENT ON COLUMN orders.runner_id IS 'Who delivers; null until a runner accepts';
COMMENT ON COLUMN orders.failure_code IS 'Why a failed order failed, as a word; null otherwise';
COMMENT ON COLUMN orders.failure_detail IS 'The same as a sentence';
COMMENT ON COLUMN orders.created_at IS 'When the order was made';
COMMENT ON COLUMN orders.updated_at IS 'When the order last changed';

CREATE TABLE order_items (
  order_id       uuid        NOT NULL REFERENCES orders (id),
  position       smallint    NOT NULL CHECK (position >= 0),
  id             uuid        NOT NULL,
  sku            text        COLLATE "C",
  product_id     bigint,
  qty            bigint      NOT NULL,
  price_cents    bigint,
  price_given    boolean     NOT NULL,
  reservation_id uuid,
  created_at     timestamptz NOT NULL,
  PRIMARY KEY (order_id, position)
);
COMMENT ON TABLE order_items IS 'The lines of the orders';
COMMENT ON COLUMN order_items.order_id IS 'The order';
COMMENT ON COLUMN order_items.position IS 'Place among the order''s lines, from 0';
COMMENT ON COLUMN order_items.id IS 'Names the line to clients';
COMMENT ON COLUMN order_items.sku IS 'The stock item; null in a draft whose product_id the catalogue does not know';
COMMENT ON COLUMN order_items.product_id IS 'The product number that the client named';
COMMENT ON COLUMN order_items.qty IS 'Units';
COMMENT ON COLUMN order_items.price_cents IS 'Price of one unit in minor units: asked or quoted in a draft, fixed once placed';
COMMENT ON COLUMN order_items.price_given IS 'Whether the client named the price: at another price the order is not placed';
COMMENT ON COLUMN order_items.reservation_id IS 'What holds the units; in a draft the reservation to be claimed';
COMMENT ON COLUMN order_items.created_at IS 'When the line was added';

CREATE TABLE reservations (
  id         uuid        PRIMARY KEY,
  sku        text        COLLATE "C" NOT NULL REFERENCES products (sku),
  qty        bigint      NOT NULL CHECK (qty > 0),
  holder     text        NOT NULL,
  state      text        COLLATE "C" NOT NULL CHECK (state IN ('active', 'committed', 'released', 'expired')),
  created_at timestamptz NOT NULL,
  deadline   timestamptz,
  order_id   uuid,
  version    bigint      NOT NULL,
  ended_at   timestamptz,
  CHECK ((state = 'active') = (ended_at IS NULL))
) WITH (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX reservations_active ON reservations (sku) WHERE state = 'active';
CREATE INDEX reservations_expiring ON reservations (sku, deadline)
  WHERE state = 'active' AND order_id IS NULL AND deadline IS NOT NULL;
CREATE INDEX reservations_ended ON reservations (ended_at) WHERE ended_at IS NOT NULL;
COMMENT ON TABLE reservations IS 'Units held for a buyer or an order. Ended ones are kept for seven days';
COMMENT ON COLUMN reservations.id IS 'A UUID of version 7';
COMMENT ON COLUMN reservations.sku IS 'The stock item';
COMMENT ON COLUMN reservations.qty IS 'Units';
COMMENT ON COLUMN reservations.holder IS 'The buyer, or what the order was reserved by';
COMMENT ON COLUMN reservations.state IS 'active while it holds units; then how it ended';
COMMENT ON COLUMN reservations.created_at IS 'When it was made';
COMMENT ON COLUMN reservations.deadline IS 'When it ends by itself: in force only while order_id is null';
COMMENT ON COLUMN reservations.order_id IS 'The order it belongs to; null while it is a buyer''s own';
COMMENT ON COLUMN reservations.version IS 'The item''s version at the reservation''s last change';
COMMENT ON COLUMN reservations.ended_at IS 'When it ended; null while active';

CREATE TABLE events (
  seq         bigint      PRIMARY KEY,
  order_id    uuid,
  sku         text        COLLATE "C",
  version     bigint      NOT NULL,
  type        text        NOT NULL,
  tag         smallint    NOT NULL,
  occurred_at timestamptz NOT NULL,
  data        bytea       NOT NULL,
  CHECK (num_nonnulls(order_id, sku) = 1)
);
CREATE UNIQUE INDEX events_of_order ON events (order_id, version) WHERE order_id IS NOT NULL;
COMMENT ON TABLE events IS 'Everything that happened, in the order of the journal; written once and never changed. This is also the outbox: whoever passes events on keeps its own position (a seq) in a table of its own and reads on from there. Events become visible in the order of their numbers, but for those that were set aside: they come later, under their old numbers';
COMMENT ON COLUMN events.seq IS 'The event''s number in the journal';
COMMENT ON COLUMN events.order_id IS 'The order that it happened to; null for a stock item';
COMMENT ON COLUMN events.sku IS 'The stock item that it happened to; null for an order';
COMMENT ON COLUMN events.version IS 'The version of the order or item after the event';
COMMENT ON COLUMN events.type IS 'The event''s name, as timelines show it';
COMMENT ON COLUMN events.tag IS 'The encoding of data: a number of the engine''s event codec';
COMMENT ON COLUMN events.occurred_at IS 'When it happened';
COMMENT ON COLUMN events.data IS 'The whole event in the engine''s binary encoding';

CREATE TABLE events_aside (
  seq          bigint      PRIMARY KEY,
  kind         text        COLLATE "C" NOT NULL CHECK (kind IN ('order', 'stock')),
  entity       bytea       NOT NULL,
  version      bigint      NOT NULL,
  tag          smallint    NOT NULL,
  occurred_at  timestamptz NOT NULL,
  data         bytea       NOT NULL,
  reason       text,
  set_aside_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX events_aside_of_entity ON events_aside (entity, kind, seq);
COMMENT ON TABLE events_aside IS 'Events that the tables refused, and later ones of the same orders and items. The engine goes on without their rows and tries them again when it starts: remove what the reason names, then restart it';
COMMENT ON COLUMN events_aside.seq IS 'The event''s number in the journal';
COMMENT ON COLUMN events_aside.kind IS 'What it happened to: an order or a stock item';
COMMENT ON COLUMN events_aside.entity IS 'The order''s id (16 bytes) or the item''s sku; bytes, so that even a text that the server refuses is kept';
COMMENT ON COLUMN events_aside.version IS 'The version of the order or item after the event';
COMMENT ON COLUMN events_aside.tag IS 'The encoding of data: a number of the engine''s event codec';
COMMENT ON COLUMN events_aside.occurred_at IS 'When it happened';
COMMENT ON COLUMN events_aside.data IS 'The whole event in the engine''s binary encoding';
COMMENT ON COLUMN events_aside.reason IS 'What the server said when it refused the event; null for one that only follows such a one';
COMMENT ON COLUMN events_aside.set_aside_at IS 'When it was set aside, by the database server''s clock';

CREATE TABLE obligations (
  reservation_id uuid  PRIMARY KEY,
  sku            bytea NOT NULL,
  order_id       uuid  NOT NULL,
  verdict        text  NOT NULL CHECK (verdict IN ('abandon', 'release', 'commit'))
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
COMMENT ON TABLE obligations IS 'What was in flight after node.applied_seq: what stock items were still to be told about orders'' reservations. Settled when the engine starts';
COMMENT ON COLUMN obligations.reservation_id IS 'The reservation';
COMMENT ON COLUMN obligations.sku IS 'Its stock item; bytes, so that even a text that the server refuses is kept';
COMMENT ON COLUMN obligations.order_id IS 'The order that it was made or claimed for';
COMMENT ON COLUMN obligations.verdict IS 'What is to become of it unless the order says otherwise';

INSERT INTO node VALUES (1, gen_random_uuid(), 0, 0, 0, now());
)sql";

} // namespace orderd
