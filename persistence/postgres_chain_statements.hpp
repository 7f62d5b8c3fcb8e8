/// The texts by which the writer of the PostgreSQL store chains events and drops the oldest.
#pragma once

#include "persistence/postgres_connection.hpp"

namespace orderd::postgres_chain_texts {

// The links in front of the version $2 of each of $1, by their places there; null if there is none.
#define ORDERD_LINKS(column, type, kind, bytes)                                                              \
  "SELECT u.place, COALESCE((SELECT e.link FROM events e WHERE e." column " = u.key AND "                    \
  "e.version < u.version ORDER BY e.version DESC LIMIT 1), (SELECT c.link FROM history_checkpoints c "       \
  "WHERE c.kind = '" kind "' AND c.entity = " bytes "(u.key" type "))) FROM unnest($1::"

inline constexpr postgres_statement links_of_stock = {
    "links_of_stock",
    ORDERD_LINKS("sku", ", 'UTF8'", "stock",
                 "convert_to") "text[], $2::int8[]) WITH ORDINALITY AS u (key, version, place)"};
inline constexpr postgres_statement links_of_orders = {
    "links_of_orders",
    ORDERD_LINKS("order_id", "", "order",
                 "uuid_send") "uuid[], $2::int8[]) WITH ORDINALITY AS u (key, version, place)"};
inline constexpr postgres_statement links_of_accounts = {
    "links_of_accounts",
    ORDERD_LINKS("account_id", ", 'UTF8'", "account",
                 "convert_to") "text[], $2::int8[]) WITH ORDINALITY AS u (key, version, place)"};

#undef ORDERD_LINKS

/// Where events may lack their links, and how far the oldest are gone.
inline constexpr postgres_statement history_bounds = {
    "history_bounds",
    "SELECT unchained_from, dropped_to, (SELECT min(seq) FROM events_aside) FROM node WHERE id = 1"};

/// Events and records from $1 on, as they are stored.
inline constexpr postgres_statement raw_events = {
    "raw_events", "SELECT seq, tag, data, link, uuid_send(order_id), sku, account_id, occurred_at, "
                  "version FROM events "
                  "WHERE seq BETWEEN $1::int8 AND $2::int8 ORDER BY seq LIMIT $3::int8"};
inline constexpr postgres_statement put_links = {
    "put_links", "UPDATE events e SET link = u.link FROM unnest($1::int8[], $2::bytea[]) AS u (seq, link) "
                 "WHERE e.seq = u.seq"};
inline constexpr postgres_statement move_unchained = {
    "move_unchained", "UPDATE node SET unchained_from = $1::int8 WHERE id = 1"};

inline constexpr postgres_statement checkpoints_of = {
    "checkpoints_of", "SELECT c.kind, c.entity, c.seq, c.version, c.occurred_at, c.link, c.state FROM "
                      "unnest($1::text[], $2::bytea[]) AS u (kind, entity) JOIN history_checkpoints c ON "
                      "c.kind = u.kind AND c.entity = u.entity"};
inline constexpr postgres_statement put_checkpoints = {"put_checkpoints", R"sql(
INSERT INTO history_checkpoints (kind, entity, seq, version, occurred_at, link, state)
SELECT * FROM unnest($1::text[], $2::bytea[], $3::int8[], $4::int8[], $5::timestamptz[], $6::bytea[],
                     $7::bytea[])
ON CONFLICT (kind, entity) DO UPDATE SET seq = EXCLUDED.seq, version = EXCLUDED.version,
  occurred_at = EXCLUDED.occurred_at, link = EXCLUDED.link, state = EXCLUDED.state)sql"};
inline constexpr postgres_statement drop_checkpoints = {
    "drop_checkpoints", "DELETE FROM history_checkpoints c USING unnest($1::text[], $2::bytea[]) AS "
                        "u (kind, entity) WHERE c.kind = u.kind AND c.entity = u.entity"};
inline constexpr postgres_statement drop_events = {
    "drop_events", "DELETE FROM events WHERE seq BETWEEN $1::int8 AND $2::int8"};
inline constexpr postgres_statement move_dropped = {
    "move_dropped", "UPDATE node SET dropped_to = $1::int8 WHERE id = 1 AND dropped_to = $2::int8"};

} // namespace orderd::postgres_chain_texts
