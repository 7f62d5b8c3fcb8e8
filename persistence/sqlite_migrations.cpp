#include "persistence/sqlite_migrations.hpp"

#include <array>

namespace orderd {
namespace {

/// Ids are 16-byte BLOBs, instants are milliseconds since 1970-01-01 UTC, money is minor units; statuses,
/// states and tags are the numbers in domain/. Each list that can be asked for has an index in its order.
constexpr const char* first_schema = R"sql(
CREATE TABLE node (
  only_row    INTEGER PRIMARY KEY CHECK (only_row = 1),
  identity    BLOB    NOT NULL CHECK (length(identity) = 16),
  applied_seq INTEGER NOT NULL -- the last event of the journal that these tables contain
) STRICT;

CREATE TABLE products (
  sku          TEXT    PRIMARY KEY,
  product_id   INTEGER,
  name         TEXT    NOT NULL,
  price_cents  INTEGER NOT NULL,
  on_hand      INTEGER NOT NULL,
  reserved     INTEGER NOT NULL CHECK (reserved BETWEEN 0 AND on_hand),
  received     INTEGER NOT NULL,
  committed    INTEGER NOT NULL,
  adjusted_out INTEGER NOT NULL CHECK (received - committed - adjusted_out = on_hand),
  version      INTEGER NOT NULL,
  updated_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX products_by_product_id ON products (product_id) WHERE product_id IS NOT NULL;

CREATE TABLE orders (
  id             BLOB    PRIMARY KEY CHECK (length(id) = 16),
  customer_id    TEXT    NOT NULL,
  status         INTEGER NOT NULL CHECK (status BETWEEN 0 AND 6),
  payment        INTEGER NOT NULL CHECK (payment BETWEEN 0 AND 5),
  version        INTEGER NOT NULL,
  currency       TEXT    NOT NULL,
  total_cents    INTEGER NOT NULL,
  metadata       TEXT    NOT NULL,
  runner_id      TEXT    NOT NULL, -- empty until a runner accepts
  failure_code   TEXT,
  failure_detail TEXT,
  created_at     INTEGER NOT NULL,
  updated_at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX orders_by_creation ON orders (created_at, id);
CREATE INDEX orders_by_customer ON orders (customer_id, created_at, id);
CREATE INDEX orders_by_status ON orders (status, created_at, id);

CREATE TABLE order_items (
  order_id       BLOB    NOT NULL REFERENCES orders (id),
  position       INTEGER NOT NULL,
  id             BLOB    NOT NULL CHECK (length(id) = 16),
  sku            TEXT    NOT NULL, -- empty in a draft whose product_id is unknown
  product_id     INTEGER,
  qty            INTEGER NOT NULL,
  price_cents    INTEGER,
  price_given    INTEGER NOT NULL,
  reservation_id BLOB,
  created_at     INTEGER NOT NULL,
  PRIMARY KEY (order_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE reservations (
  id         BLOB    PRIMARY KEY CHECK (length(id) = 16),
  sku        TEXT    NOT NULL REFERENCES products (sku),
  qty        INTEGER NOT NULL CHECK (qty > 0),
  holder     TEXT    NOT NULL,
  state      INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3),
  created_at INTEGER NOT NULL,
  deadline   INTEGER, -- expires_at while order_id is null, claimed_expiry while it is not
  order_id   BLOB,
  version    INTEGER NOT NULL, -- the item's, at the last change
  ended_at   INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX reservations_active ON reservations (sku) WHERE state = 0;
CREATE INDEX reservations_expiring ON reservations (sku, deadline)
  WHERE state = 0 AND order_id IS NULL AND deadline IS NOT NULL;
CREATE INDEX reservations_ended ON reservations (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE events (
  seq     INTEGER PRIMARY KEY,
  kind    INTEGER NOT NULL, -- 0: of a stock item, 1: of an order
  entity  ANY     NOT NULL, -- the item's sku, the order's id
  version INTEGER NOT NULL,
  tag     INTEGER NOT NULL,
  at      INTEGER NOT NULL,
  data    BLOB    NOT NULL
) STRICT;
CREATE UNIQUE INDEX events_of_order ON events (entity, version) WHERE kind = 1;

CREATE TABLE obligations (
  reservation_id BLOB    PRIMARY KEY CHECK (length(reservation_id) = 16),
  sku            TEXT    NOT NULL,
  order_id       BLOB    NOT NULL,
  verdict        INTEGER NOT NULL CHECK (verdict BETWEEN 0 AND 2)
) STRICT, WITHOUT ROWID;

INSERT INTO node VALUES (1, randomblob(16), 0);
)sql";

/// Events that rows could not follow. Those of one order or item are all here from its first on.
constexpr const char* events_aside = R"sql(
CREATE TABLE events_aside (
  seq          INTEGER PRIMARY KEY,
  kind         INTEGER NOT NULL, -- as in events, like all up to data
  entity       ANY     NOT NULL,
  version      INTEGER NOT NULL,
  tag          INTEGER NOT NULL,
  at           INTEGER NOT NULL,
  data         BLOB    NOT NULL,
  reason       TEXT,             -- why it was refused; NULL for one that only follows another of its entity
  set_aside_at INTEGER NOT NULL
) STRICT;
CREATE INDEX events_aside_of_entity ON events_aside (kind, entity);
)sql";

/// Orders have sagas, the ledger has accounts, and requests are remembered. Events of kind 2 are of an
/// account, by its id; one of kind 3 is the mere record of a request, by its key.
constexpr const char* life_of_orders = R"sql(
ALTER TABLE orders ADD COLUMN saga_step INTEGER NOT NULL DEFAULT 0 CHECK (saga_step BETWEEN 0 AND 5);
ALTER TABLE orders ADD COLUMN payment_attempt INTEGER NOT NULL DEFAULT 0; -- 0 until one was asked for
ALTER TABLE orders ADD COLUMN payment_keeper INTEGER NOT NULL DEFAULT 0 CHECK (payment_keeper BETWEEN 0 AND 2);
ALTER TABLE orders ADD COLUMN payee TEXT NOT NULL DEFAULT '';
ALTER TABLE orders ADD COLUMN delay_rounds INTEGER NOT NULL DEFAULT 0;
ALTER TABLE orders ADD COLUMN due_at INTEGER;
ALTER TABLE orders ADD COLUMN trouble TEXT NOT NULL DEFAULT '';
ALTER TABLE orders ADD COLUMN stuck INTEGER NOT NULL DEFAULT 0 CHECK (stuck IN (0, 1));
ALTER TABLE orders ADD COLUMN accept_by INTEGER;
ALTER TABLE orders ADD COLUMN placing BLOB -- what is reserved while the payment is asked for
  CHECK ((placing IS NOT NULL) = (saga_step IN (1, 2, 3)));
CREATE INDEX orders_unfinished ON orders (id) WHERE saga_step <> 0 OR status = 1;
CREATE INDEX orders_to_be_accepted ON orders (accept_by, id) WHERE status = 2 AND accept_by IS NOT NULL;
CREATE INDEX orders_stuck ON orders (created_at, id) WHERE stuck;
CREATE INDEX orders_stuck_by_customer ON orders (customer_id, created_at, id) WHERE stuck;
CREATE INDEX orders_stuck_by_status ON orders (status, created_at, id) WHERE stuck;

CREATE TABLE accounts (
  id              TEXT    PRIMARY KEY,
  balance_cents   INTEGER NOT NULL CHECK (balance_cents >= 0),
  held_cents      INTEGER NOT NULL CHECK (held_cents >= 0),
  deposited_cents INTEGER NOT NULL,
  paid_in_cents   INTEGER NOT NULL,
  paid_out_cents  INTEGER NOT NULL,
  version         INTEGER NOT NULL,
  created_at      INTEGER NOT NULL,
  updated_at      INTEGER NOT NULL,
  CHECK (deposited_cents + paid_in_cents - paid_out_cents = balance_cents + held_cents)
) STRICT, WITHOUT ROWID;

CREATE TABLE account_holds (
  account_id   TEXT    NOT NULL REFERENCES accounts (id),
  order_id     BLOB    NOT NULL CHECK (length(order_id) = 16),
  attempt      INTEGER NOT NULL,
  amount_cents INTEGER NOT NULL CHECK (amount_cents >= 0),
  escrowed     INTEGER NOT NULL CHECK (escrowed IN (0, 1)),
  PRIMARY KEY (account_id, order_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE payouts_due (
  order_id     BLOB    PRIMARY KEY CHECK (length(order_id) = 16),
  payer        TEXT    NOT NULL,
  payee        TEXT    NOT NULL,
  amount_cents INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE requests (
  key         BLOB    NOT NULL UNIQUE CHECK (length(key) = 16),
  fingerprint BLOB    NOT NULL CHECK (length(fingerprint) = 16),
  subject     BLOB    NOT NULL CHECK (length(subject) = 16),
  at          INTEGER NOT NULL,
  status      INTEGER NOT NULL, -- 0: claimed, and not answered yet
  headers     TEXT    NOT NULL,
  body        BLOB    NOT NULL
) STRICT;
CREATE INDEX requests_by_age ON requests (at, key);

CREATE UNIQUE INDEX events_of_account ON events (entity, version) WHERE kind = 2;
)sql";

/// Events are passed on to sinks, each of which has a position, and an item can be low.
constexpr const char* sinks_of_events = R"sql(
ALTER TABLE products ADD COLUMN low_threshold INTEGER; -- with so many available, or fewer, the item is low

CREATE TABLE event_sinks (
  sink       TEXT    PRIMARY KEY,
  seq        INTEGER NOT NULL CHECK (seq >= 0), -- the last event that it has done with
  disabled   INTEGER NOT NULL CHECK (disabled IN (0, 1)),
  reason     TEXT    NOT NULL, -- why it is disabled
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
)sql";

/// Each event is linked to the one before it of its entity, and old ones may go: what is left of them is a
/// checkpoint an entity. What was written before is linked when the writer opens, from `unchained_from` on.
constexpr const char* chain_of_events = R"sql(
ALTER TABLE events ADD COLUMN chain BLOB CHECK (length(chain) = 32); -- NULL of a mere record
CREATE UNIQUE INDEX events_of_stock ON events (entity, version) WHERE kind = 0;

ALTER TABLE node ADD COLUMN dropped_to INTEGER NOT NULL DEFAULT 0; -- events up to it are no longer kept
ALTER TABLE node ADD COLUMN unchained_from INTEGER; -- events from it on are not linked yet; NULL: all are
UPDATE node SET unchained_from = 1 WHERE applied_seq > 0;

CREATE TABLE history_checkpoints (
  kind    INTEGER NOT NULL, -- as in events
  entity  ANY     NOT NULL,
  seq     INTEGER NOT NULL, -- of the last event of it that was dropped, like all up to link
  version INTEGER NOT NULL,
  at      INTEGER NOT NULL,
  link    BLOB    NOT NULL CHECK (length(link) = 32),
  state   BLOB    NOT NULL, -- what the events up to it come to
  PRIMARY KEY (kind, entity)
) STRICT, WITHOUT ROWID;
)sql";

constexpr std::array<sqlite_migration, 5> steps_of_schema = {
    {{1, first_schema}, {2, events_aside}, {3, life_of_orders}, {4, sinks_of_events}, {5, chain_of_events}}};

result<void> apply_step(sqlite_connection& connection, const sqlite_migration& step) {
  auto transaction = sqlite_transaction::begin(connection, true);
  if (!transaction) {
    return tl::unexpected(transaction.error());
  }
  // Both numbers are part of the transaction, like any other page of the file.
  const std::string sql = std::string(step.sql) +
                          ";PRAGMA application_id = " + std::to_string(sqlite_application_id) +
                          ";PRAGMA user_version = " + std::to_string(step.number);
  if (auto done = connection.execute(sql); !done) {
    return done;
  }
  return transaction->commit();
}

/// The schema's number, 0 for a new file. Refuses a file that something else made.
result<std::int64_t> schema_of(sqlite_connection& connection, std::span<const sqlite_migration> steps) {
  const auto application = connection.integer("PRAGMA application_id");
  const auto number = application ? connection.integer("PRAGMA user_version") : application;
  const auto tables = number ? connection.integer("SELECT COUNT(*) FROM sqlite_schema") : number;
  if (!tables) {
    return tables;
  }
  const bool is_new = *application == 0 && *number == 0 && *tables == 0;
  if (!is_new && *application != sqlite_application_id) {
    return fail(error_code::damaged, "the file " + connection.path() + " is a database of another program");
  }
  if (*number > steps.back().number) {
    return fail(error_code::newer_format,
                "the database " + connection.path() + " has schema " + std::to_string(*number) +
                    ", this program knows schemas up to " + std::to_string(steps.back().number));
  }
  return number;
}

} // namespace

std::span<const sqlite_migration> sqlite_migrations() noexcept { return steps_of_schema; }

result<void> check_readable(sqlite_connection& connection, std::span<const sqlite_migration> steps) {
  const auto number = schema_of(connection, steps);
  return number ? result<void>() : tl::unexpected(number.error());
}

result<void> migrate(sqlite_connection& connection, std::span<const sqlite_migration> steps) {
  const auto number = schema_of(connection, steps);
  if (!number) {
    return tl::unexpected(number.error());
  }
  for (const sqlite_migration& step : steps) {
    if (step.number <= *number) {
      continue;
    }
    if (auto applied = apply_step(connection, step); !applied) {
      return applied;
    }
  }
  return {};
}

result<void> check_schema(sqlite_connection& connection, std::span<const sqlite_migration> steps) {
  const auto number = schema_of(connection, steps);
  if (!number) {
    return tl::unexpected(number.error());
  }
  if (*number != steps.back().number) {
    return fail(error_code::store_failed,
                "the database " + connection.path() + " has schema " + std::to_string(*number) +
                    " and waits for a writer to bring it to " + std::to_string(steps.back().number));
  }
  return {};
}

} // namespace orderd
