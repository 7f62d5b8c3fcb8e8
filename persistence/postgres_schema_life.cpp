#include "persistence/postgres_schema.hpp"

namespace orderd {

/// Indexes of what is seldom hold only that, so an order without a payment has no part in them. Their first
/// column is the same in all their rows: a list that is ordered by it can be read along no other index. What
/// a delayed step changes is in none, so such a change stays in place.
const char* const postgres_life_of_orders = R"sql(
ALTER TABLE orders
  ADD COLUMN saga_step       text        COLLATE "C" NOT NULL DEFAULT 'none' CHECK (saga_step IN
    ('none', 'authorizing', 'escrowing', 'placing', 'capturing', 'returning')),
  ADD COLUMN placement       bytea,
  ADD COLUMN payment_attempt bigint,
  ADD COLUMN payment_keeper  text        COLLATE "C" NOT NULL DEFAULT 'none' CHECK (payment_keeper IN
    ('none', 'ledger', 'service')),
  ADD COLUMN payee           text,
  ADD COLUMN delay_rounds    bigint      NOT NULL DEFAULT 0,
  ADD COLUMN due_at          timestamptz,
  ADD COLUMN trouble         text,
  ADD COLUMN stuck           boolean     NOT NULL DEFAULT false,
  ADD COLUMN accept_by       timestamptz,
  ADD CHECK ((placement IS NOT NULL) = (saga_step IN ('authorizing', 'escrowing', 'placing')));
CREATE INDEX orders_unfinished ON orders ((saga_step <> 'none' OR status = 'registered'), id)
  WHERE saga_step <> 'none' OR status = 'registered';
CREATE INDEX orders_to_be_accepted ON orders (accept_by, id)
  WHERE status = 'processed' AND accept_by IS NOT NULL;
CREATE INDEX orders_stuck ON orders (stuck, created_at, id) WHERE stuck;
CREATE INDEX orders_stuck_by_customer ON orders (stuck, customer_id, created_at, id) WHERE stuck;
CREATE INDEX orders_stuck_by_customer_and_status ON orders (stuck, customer_id, status, created_at, id)
  WHERE stuck;
CREATE INDEX orders_stuck_by_status ON orders (stuck, status, created_at, id) WHERE stuck;
COMMENT ON COLUMN orders.saga_step IS 'What the engine gets done next for the order; none if nothing is under way';
COMMENT ON COLUMN orders.placement IS 'The lines that are reserved while the payment is asked for, in the engine''s binary encoding; null otherwise';
COMMENT ON COLUMN orders.payment_attempt IS 'Names the latest payment among the order''s; null if none was asked for';
COMMENT ON COLUMN orders.payment_keeper IS 'Who was asked for that payment and is for all its steps: the engine''s ledger, or the payment service';
COMMENT ON COLUMN orders.payee IS 'Who the money goes to; null until it is captured';
COMMENT ON COLUMN orders.delay_rounds IS 'How often the present step could not be done';
COMMENT ON COLUMN orders.due_at IS 'When the engine tries the step again by itself';
COMMENT ON COLUMN orders.trouble IS 'Why the last round of the step failed; null if none did';
COMMENT ON COLUMN orders.stuck IS 'Whether an operator has to look; the engine still tries at due_at, and if that is null no more';
COMMENT ON COLUMN orders.accept_by IS 'A processed order that nobody has accepted by then is cancelled';

CREATE TABLE accounts (
  id              text        COLLATE "C" PRIMARY KEY,
  balance_cents   bigint      NOT NULL CHECK (balance_cents >= 0),
  held_cents      bigint      NOT NULL CHECK (held_cents >= 0),
  deposited_cents bigint      NOT NULL,
  paid_in_cents   bigint      NOT NULL,
  paid_out_cents  bigint      NOT NULL,
  version         bigint      NOT NULL,
  created_at      timestamptz NOT NULL,
  updated_at      timestamptz NOT NULL,
  CHECK (deposited_cents + paid_in_cents - paid_out_cents = balance_cents + held_cents)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
COMMENT ON TABLE accounts IS 'The ledger''s accounts. All amounts are in minor units of the currency';
COMMENT ON COLUMN accounts.id IS 'Names the account; a buyer''s is the customer_id';
COMMENT ON COLUMN accounts.balance_cents IS 'What its owner can spend';
COMMENT ON COLUMN accounts.held_cents IS 'Sum of its rows in account_holds';
COMMENT ON COLUMN accounts.deposited_cents IS 'Sum of all deposits';
COMMENT ON COLUMN accounts.paid_in_cents IS 'Sum of all payouts received';
COMMENT ON COLUMN accounts.paid_out_cents IS 'Sum of all captured payments; deposited + paid_in - paid_out = balance + held';
COMMENT ON COLUMN accounts.version IS 'Counts the account''s events';
COMMENT ON COLUMN accounts.created_at IS 'When it was opened';
COMMENT ON COLUMN accounts.updated_at IS 'When it last changed';

CREATE TABLE account_holds (
  order_id     uuid    PRIMARY KEY,
  account_id   text    COLLATE "C" NOT NULL REFERENCES accounts (id),
  attempt      bigint  NOT NULL,
  amount_cents bigint  NOT NULL CHECK (amount_cents >= 0),
  escrowed     boolean NOT NULL
) WITH (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX account_holds_of_account ON account_holds (account_id);
COMMENT ON TABLE account_holds IS 'Money of accounts that orders have';
COMMENT ON COLUMN account_holds.order_id IS 'The order';
COMMENT ON COLUMN account_holds.account_id IS 'Whose money it is';
COMMENT ON COLUMN account_holds.attempt IS 'Which of the order''s payments: its payment_attempt';
COMMENT ON COLUMN account_holds.amount_cents IS 'How much';
COMMENT ON COLUMN account_holds.escrowed IS 'Whether it is in escrow; else it is only authorized';

CREATE TABLE payouts_due (
  order_id     uuid   PRIMARY KEY,
  payer        bytea  NOT NULL,
  payee        bytea  NOT NULL,
  amount_cents bigint NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
COMMENT ON TABLE payouts_due IS 'Captured payments that were on their way after node.applied_seq. They arrive when the engine starts';
COMMENT ON COLUMN payouts_due.order_id IS 'The order that was paid for';
COMMENT ON COLUMN payouts_due.payer IS 'The account that the money has left; bytes, so that even a text that the server refuses is kept';
COMMENT ON COLUMN payouts_due.payee IS 'The account that it is to arrive at; bytes likewise';
COMMENT ON COLUMN payouts_due.amount_cents IS 'How much, in minor units';

CREATE TABLE requests (
  key         uuid        PRIMARY KEY,
  fingerprint uuid        NOT NULL,
  subject     uuid,
  at          timestamptz NOT NULL,
  status      integer,
  headers     bytea,
  body        bytea,
  CHECK (num_nulls(status, headers, body) IN (0, 3))
) WITH (autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX requests_by_age ON requests (at, key);
COMMENT ON TABLE requests IS 'Requests that came with an idempotency key, with their answers. Forgotten after a day';
COMMENT ON COLUMN requests.key IS '16 bytes of a digest of the caller and the key';
COMMENT ON COLUMN requests.fingerprint IS '16 bytes of a digest of what was asked for: another request under the same key is refused';
COMMENT ON COLUMN requests.subject IS 'The order that a request without an answer is about';
COMMENT ON COLUMN requests.at IS 'When it was last written of';
COMMENT ON COLUMN requests.status IS 'Status of the HTTP answer; null while there is none';
COMMENT ON COLUMN requests.headers IS 'Headers of the answer, one a line';
COMMENT ON COLUMN requests.body IS 'Body of the answer';

ALTER TABLE events
  ADD COLUMN account_id text COLLATE "C",
  ADD COLUMN request    uuid,
  DROP CONSTRAINT events_check,
  ADD CONSTRAINT events_check CHECK (num_nonnulls(order_id, sku, account_id, request) = 1);
CREATE UNIQUE INDEX events_of_account ON events (account_id, version) WHERE account_id IS NOT NULL;
COMMENT ON COLUMN events.order_id IS 'The order that it happened to; null for anything else';
COMMENT ON COLUMN events.sku IS 'The stock item that it happened to; null for anything else';
COMMENT ON COLUMN events.account_id IS 'The account that it happened to; null for anything else';
COMMENT ON COLUMN events.request IS 'The key of a request that changed nothing and was answered; null for anything else';
COMMENT ON COLUMN events.version IS 'The version of the order, item or account after the event; 0 of a request';

ALTER TABLE events_aside
  DROP CONSTRAINT events_aside_kind_check,
  ADD CONSTRAINT events_aside_kind_check CHECK (kind IN ('order', 'stock', 'account'));
COMMENT ON TABLE events_aside IS 'Events that the tables refused, and later ones of the same orders, items and accounts. The engine goes on without their rows and tries them again when it starts: remove what the reason names, then restart it';
COMMENT ON COLUMN events_aside.kind IS 'What it happened to: an order, a stock item or an account';
COMMENT ON COLUMN events_aside.entity IS 'The order''s id (16 bytes), the item''s sku or the account''s id; bytes, so that even a text that the server refuses is kept';
COMMENT ON COLUMN events_aside.version IS 'The version of the order, item or account after the event';

CREATE VIEW ledger_check AS
SELECT a.deposited_cents, a.balance_cents, a.held_cents, h.holds_cents, p.payouts_due_cents,
       a.deposited_cents = a.balance_cents + a.held_cents + p.payouts_due_cents
         AND a.held_cents = h.holds_cents AS balanced
  FROM (SELECT COALESCE(sum(deposited_cents), 0) AS deposited_cents,
               COALESCE(sum(balance_cents), 0) AS balance_cents,
               COALESCE(sum(held_cents), 0) AS held_cents FROM accounts) a,
       (SELECT COALESCE(sum(amount_cents), 0) AS holds_cents FROM account_holds) h,
       (SELECT COALESCE(sum(amount_cents), 0) AS payouts_due_cents FROM payouts_due) p;
COMMENT ON VIEW ledger_check IS 'Whether the books balance: what was deposited is what can be spent, what orders hold and what is on its way. It may be false while events of accounts are in events_aside. Reads every account';
)sql";

} // namespace orderd
