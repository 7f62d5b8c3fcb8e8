/// The texts of the queries over the history as a whole, and over what is left of what was dropped from it.
#pragma once

#include <string_view>

namespace orderd::sqlite_queries {

// Rows of events are seq, tag, data, link.
/// Behind the version ?2.
inline constexpr std::string_view stock_events =
    "SELECT seq, tag, data, chain FROM events INDEXED BY events_of_stock WHERE kind = 0 AND entity = ?1 AND "
    "version > ?2 ORDER BY version LIMIT ?3";
// All of one kind, entity by entity.
inline constexpr std::string_view each_stock_event =
    "SELECT seq, tag, data, chain FROM events INDEXED BY "
    "events_of_stock WHERE kind = 0 ORDER BY entity, version";
inline constexpr std::string_view each_order_event =
    "SELECT seq, tag, data, chain FROM events INDEXED BY "
    "events_of_order WHERE kind = 1 ORDER BY entity, version";
inline constexpr std::string_view each_account_event =
    "SELECT seq, tag, data, chain FROM events INDEXED BY events_of_account WHERE kind = 2 ORDER BY entity, "
    "version";

// Links, by entity and version.
inline constexpr std::string_view link_of_stock =
    "SELECT chain FROM events INDEXED BY events_of_stock WHERE kind = 0 AND entity = ?1 AND version = ?2";
inline constexpr std::string_view link_of_order =
    "SELECT chain FROM events INDEXED BY events_of_order WHERE kind = 1 AND entity = ?1 AND version = ?2";
inline constexpr std::string_view link_of_account =
    "SELECT chain FROM events INDEXED BY events_of_account WHERE kind = 2 AND entity = ?1 AND version = ?2";
inline constexpr std::string_view link_of_checkpoint =
    "SELECT link FROM history_checkpoints WHERE kind = ?1 AND entity = ?2 AND version = ?3";
// Rows of checkpoints are entity, seq, version, at, link, state.
inline constexpr std::string_view checkpoint =
    "SELECT entity, seq, version, at, link, state FROM history_checkpoints WHERE kind = ?1 AND entity = ?2";
inline constexpr std::string_view each_checkpoint = "SELECT entity, seq, version, at, link, state FROM "
                                                    "history_checkpoints WHERE kind = ?1 ORDER BY entity";
/// What may be dropped up to ?1, oldest first, ?2 rows at most: nothing from what is aside on.
inline constexpr std::string_view oldest_events =
    "SELECT seq, tag, data, chain FROM events WHERE seq <= ?1 AND seq < COALESCE((SELECT MIN(seq) FROM "
    "events_aside), 9223372036854775807) ORDER BY seq LIMIT ?2";
inline constexpr std::string_view dropped_to = "SELECT dropped_to FROM node";
inline constexpr std::string_view open_obligations =
    "SELECT reservation_id, sku, order_id, verdict FROM obligations ORDER BY reservation_id";
inline constexpr std::string_view open_payouts =
    "SELECT order_id, payer, payee, amount_cents FROM payouts_due ORDER BY order_id";

} // namespace orderd::sqlite_queries
