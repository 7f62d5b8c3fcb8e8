/// The texts of the PostgreSQL schema's steps.
#pragma once

namespace orderd {

/// Step 1: every table, with its comments. Names are looked up in the connection's schema.
extern const char* const postgres_first_schema;
/// Step 2: sagas of orders, accounts, payouts under way and remembered requests.
extern const char* const postgres_life_of_orders;
/// Step 3: positions of the sinks of events, and thresholds of low items.
extern const char* const postgres_sinks_of_events;
/// Step 4: links of events, and checkpoints of those that are dropped.
extern const char* const postgres_chain_of_events;

} // namespace orderd
