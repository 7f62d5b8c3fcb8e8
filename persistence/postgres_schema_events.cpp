#include "persistence/postgres_schema.hpp"

namespace orderd {

/// A sink's row changes with every batch that it takes: it stays in its page.
const char* const postgres_sinks_of_events = R"sql(
ALTER TABLE products ADD COLUMN low_threshold bigint;
COMMENT ON COLUMN products.low_threshold IS 'With so many units available, or fewer, the item is low; null: it never is';

CREATE TABLE event_sinks (
  sink       text        COLLATE "C" PRIMARY KEY,
  seq        bigint      NOT NULL CHECK (seq >= 0),
  disabled   boolean     NOT NULL,
  reason     text        NOT NULL,
  updated_at timestamptz NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
COMMENT ON TABLE event_sinks IS 'Where the engine passes events on to, and how far each of these has come. Change nothing here while the engine runs';
COMMENT ON COLUMN event_sinks.sink IS 'Its name in the engine''s settings';
COMMENT ON COLUMN event_sinks.seq IS 'The last event that it has done with: it goes on behind it when the engine starts';
COMMENT ON COLUMN event_sinks.disabled IS 'Whether nothing is sent to it until an operator says so';
COMMENT ON COLUMN event_sinks.reason IS 'Why it is disabled; empty otherwise';
COMMENT ON COLUMN event_sinks.updated_at IS 'When the row was last changed, by the database server''s clock';
COMMENT ON TABLE events IS 'Everything that happened, in the order of the journal; written once and never changed. This is also the outbox: the engine''s own sinks keep their positions in event_sinks, and whoever else passes events on keeps its own (a seq) in a table of its own and reads on from there. Events become visible in the order of their numbers, but for those that were set aside: they come later, under their old numbers';
)sql";

} // namespace orderd
