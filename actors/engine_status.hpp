/// What the engine says of itself at one moment.
#pragma once

#include "actors/engine_measures.hpp"
#include "actors/hot_skus.hpp"
#include "actors/injected_errors.hpp"
#include "actors/sink_figures.hpp"
#include "config/histogram.hpp"
#include "domain/time.hpp"
#include "persistence/aside_figures.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace orderd {

/// How many of the busiest stock items are told.
inline constexpr std::size_t hot_skus_shown = 20;

/// Writes of many events together, since the start.
struct written_figures {
  histogram_snapshot seconds{{}, {0}}; ///< of each
  histogram_snapshot events{{}, {0}};  ///< of each
};

/// The entities of one kind.
struct entity_figures {
  std::uint64_t live = 0;                   ///< in memory, or on their way there
  std::uint64_t activations = 0;            ///< since the start: loaded, or new
  histogram_snapshot mailbox_wait{{}, {0}}; ///< seconds from the engine's door to the entity, of each request
};

struct engine_counters;
struct engine_status;

/// Fills in what the actors have measured until `now`, but the hot SKUs. Any thread.
void show_measures(engine_status& status, const engine_counters& counters,
                   std::chrono::steady_clock::time_point now);

/// What has been asked of the payment service since the start.
struct payment_figures {
  std::uint64_t in_flight = 0; ///< steps
  std::uint64_t tries = 0;
  std::uint64_t tries_failed = 0; ///< without an answer that decides
  std::uint64_t done = 0;         ///< steps, as the following ones
  std::uint64_t declined = 0;
  std::uint64_t unavailable = 0;
  std::uint64_t unknown = 0;
  std::uint64_t refused = 0;
  bool breaker_open = false;
};

/// A moment's figures, for health pages and logs.
struct engine_status {
  bool accepts_writes = false;
  std::uint64_t durable_seq = 0; ///< the journal's last synced event
  std::uint64_t applied_seq = 0; ///< the store's last applied event
  std::uint64_t backlog_bytes = 0;
  std::uint64_t live_entities = 0;
  std::uint64_t requests_in_flight = 0;
  std::uint64_t journal_syncs = 0;
  std::uint64_t keys_forgotten = 0;  ///< remembered requests that were forgotten before their time
  std::string store_error;           ///< empty while the store answers
  aside_figures aside;               ///< what the store refused
  std::uint64_t processor_ready = 0; ///< orders that wait for the processor, those of its next round included
  std::int64_t sagas_stuck = 0;      ///< orders that need an operator
  std::uint64_t processor_in_flight = 0; ///< orders that it attends to
  std::uint64_t processor_due = 0;       ///< orders that it will attend to at a time of their own
  std::array<std::uint64_t, injected_step_count> injected_errors{}; ///< by `injected_steps`
  payment_figures payments = {};                                    ///< of the service outside
  std::vector<sink_status> sinks = {};
  std::uint64_t event_clients = 0;
  std::uint64_t payment_conflicts = 0;                 ///< notices of payments that did not fit their order
  std::optional<std::uint64_t> audit_differences = {}; ///< of the last audit, if there was one
  timestamp audited_at = {};                           ///< when that was
  std::uint64_t dropped_to = 0;                        ///< the history begins behind this event
  bool history_damaged = false; ///< old events could not be dropped, for they do not follow from each other
  written_figures journal = {}; ///< what each sync took
  written_figures store = {};   ///< what each transaction took that was committed
  double lag_seconds = 0;       ///< age of the oldest durable event that the store lacks; 0: none
  std::array<entity_figures, entity_kinds.size()> entities = {};
  std::array<std::uint64_t, reservation_results.size()> reservations = {}; ///< by `reservation_results`
  std::array<std::uint64_t, saga_steps> sagas = {};                        ///< by `saga_step`; none: 0
  std::vector<hot_sku> hot_skus = {}; ///< `hot_skus_shown` at most, the busiest first
};

} // namespace orderd
