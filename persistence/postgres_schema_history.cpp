#include "persistence/postgres_schema.hpp"

namespace orderd {

/// Events that are stored already get their links from the next writer: a column that says where it is to
/// begin costs nothing once it is null, while an index of what has no link would stand for ever. It is set in
/// an empty database too, since an engine of the former version may still write to it.
const char* const postgres_chain_of_events = R"sql(
ALTER TABLE events ADD COLUMN link bytea CHECK (octet_length(link) = 32);
CREATE UNIQUE INDEX events_of_stock ON events (sku, version) WHERE sku IS NOT NULL;
COMMENT ON COLUMN events.link IS 'SHA-256 over the link of the event before it of the same order, item or account (32 bytes of zero before the first), the tag (2 bytes, the lower first) and data: whoever changes an event has to change every later one; null of a request';
COMMENT ON TABLE events IS 'Everything that happened, in the order of the journal; never changed once it is written. The oldest may be dropped: node.dropped_to says how far, and history_checkpoints what they came to. This is also the outbox: the engine''s own sinks keep their positions in event_sinks, and whoever else passes events on keeps its own (a seq) in a table of its own and reads on from there. A position below node.dropped_to has missed what was dropped: such a reader starts anew, from the other tables as they are and from node.applied_seq on, read together. Events become visible in the order of their numbers, but for those that were set aside: they come later, under their old numbers, and none is dropped from the first that is aside on';

ALTER TABLE node
  ADD COLUMN dropped_to     bigint NOT NULL DEFAULT 0 CHECK (dropped_to >= 0),
  ADD COLUMN unchained_from bigint;
UPDATE node SET unchained_from = 1;
COMMENT ON COLUMN node.dropped_to IS 'Events up to this number have been dropped from the table events; 0: none';
COMMENT ON COLUMN node.unchained_from IS 'From this number on there may be events of a former version of the engine without a link: it gives them theirs when it starts; null: there are none';

CREATE TABLE history_checkpoints (
  kind        text        COLLATE "C" NOT NULL CHECK (kind IN ('order', 'stock', 'account')),
  entity      bytea       NOT NULL,
  seq         bigint      NOT NULL,
  version     bigint      NOT NULL,
  occurred_at timestamptz NOT NULL,
  link        bytea       NOT NULL CHECK (octet_length(link) = 32),
  state       bytea       NOT NULL,
  PRIMARY KEY (kind, entity)
) WITH (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.05);
COMMENT ON TABLE history_checkpoints IS 'What is left of events that were dropped: one row an order, item or account, of the last of its events that went. An order that never came to be leaves none';
COMMENT ON COLUMN history_checkpoints.kind IS 'What it is of: an order, a stock item or an account';
COMMENT ON COLUMN history_checkpoints.entity IS 'The order''s id (16 bytes), the item''s sku or the account''s id';
COMMENT ON COLUMN history_checkpoints.seq IS 'The number that the event had in the journal';
COMMENT ON COLUMN history_checkpoints.version IS 'The version of the order, item or account after the event';
COMMENT ON COLUMN history_checkpoints.occurred_at IS 'When it happened';
COMMENT ON COLUMN history_checkpoints.link IS 'The link of the event, which that of the next one is made from';
COMMENT ON COLUMN history_checkpoints.state IS 'What the events up to it came to, in the engine''s binary encoding';
)sql";

} // namespace orderd
