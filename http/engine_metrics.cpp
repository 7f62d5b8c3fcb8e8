#include "http/engine_metrics.hpp"

#include <array>
#include <string_view>

namespace orderd::http {
namespace {

using enum metric_type;

/// Items are told by rank here: a label for each SKU would be a time series for each that was ever hot.
constexpr std::array<std::string_view, 10> ranks{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"};

void append_written(std::vector<metric>& all, const engine_status& now) {
  all.push_back(histogram_metric("orderd_journal_sync_seconds",
                                 "Time of each sync of the journal, the writing before it included.",
                                 now.journal.seconds));
  all.push_back(histogram_metric("orderd_journal_batch_events",
                                 "Events that one sync of the journal made durable.", now.journal.events));
  all.push_back({"orderd_write_behind_lag_seconds",
                 "Age of the oldest durable event that the store has not applied; 0 if there is none.", gauge,
                 now.lag_seconds});
  all.push_back(histogram_metric("orderd_store_transaction_seconds",
                                 "Time of each transaction of the store that was committed.",
                                 now.store.seconds));
  all.push_back(histogram_metric("orderd_store_batch_events",
                                 "Events that one transaction of the store applied.", now.store.events));
}

void append_entities(std::vector<metric>& all, const engine_status& now) {
  for (std::size_t i = 0; i < entity_kinds.size(); ++i)
    all.push_back({"orderd_entities_live",
                   "Entities in memory, or on their way there.",
                   gauge,
                   now.entities[i].live,
                   {"kind", entity_kinds[i]}});
  for (std::size_t i = 0; i < entity_kinds.size(); ++i)
    all.push_back({"orderd_entity_activations_total",
                   "Entities that came into memory: loaded, or new.",
                   counter,
                   now.entities[i].activations,
                   {"kind", entity_kinds[i]}});
  for (std::size_t i = 0; i < entity_kinds.size(); ++i)
    all.push_back(histogram_metric("orderd_mailbox_wait_seconds",
                                   "Time of each request from the engine's door to the entity it is for.",
                                   now.entities[i].mailbox_wait, {"entity", entity_kinds[i]}));
}

void append_ranks(std::vector<metric>& all, const engine_status& now, std::string_view name,
                  std::string_view help, double hot_sku::*figure) {
  for (std::size_t i = 0; i < ranks.size(); ++i)
    all.push_back(
        {name, help, gauge, i < now.hot_skus.size() ? now.hot_skus[i].*figure : 0.0, {"rank", ranks[i]}});
}

void append_stock(std::vector<metric>& all, const engine_status& now) {
  for (std::size_t i = 0; i < reservation_results.size(); ++i)
    all.push_back({"orderd_reservations_total",
                   "Reservations of buyers and of the lines of orders, by what became of them.",
                   counter,
                   now.reservations[i],
                   {"result", reservation_results[i]}});
  append_ranks(all, now, "orderd_hot_sku_requests",
               "Requests to each of the busiest stock items; each counts half after 30 seconds.",
               &hot_sku::requests);
  append_ranks(all, now, "orderd_hot_sku_refusals",
               "Of these, those that were refused for want of units; each counts half after 30 seconds.",
               &hot_sku::refusals);
  append_ranks(all, now, "orderd_hot_sku_wait_seconds",
               "Mean time of these requests from the engine's door to the item.", &hot_sku::wait_seconds);
}

void append_sagas(std::vector<metric>& all, const engine_status& now) {
  for (std::size_t i = 1; i < saga_steps; ++i)
    all.push_back({"orderd_sagas",
                   "Orders whose saga is under way, by its step.",
                   gauge,
                   now.sagas[i],
                   {"step", to_text(static_cast<saga_step>(i))}});
}

void append_history(std::vector<metric>& all, const engine_status& now, timestamp at) {
  const std::chrono::duration<double> age = at - now.audited_at;
  all.push_back({"orderd_history_dropped_to", "Number of the last event that the history no longer keeps.",
                 gauge, now.dropped_to});
  all.push_back({"orderd_history_damaged",
                 "1 while old events are kept because they do not follow from each other.", gauge,
                 now.history_damaged ? 1 : 0});
  all.push_back({"orderd_audit_differences", "What the last audit found to differ; -1 before the first.",
                 gauge, now.audit_differences ? static_cast<double>(*now.audit_differences) : -1.0});
  all.push_back({"orderd_audit_age_seconds", "Time since the last audit; -1 before the first.", gauge,
                 now.audit_differences ? age.count() : -1.0});
}

} // namespace

void append_engine_metrics(std::vector<metric>& all, const engine_status& now, timestamp at) {
  append_written(all, now);
  append_entities(all, now);
  append_stock(all, now);
  append_sagas(all, now);
  append_history(all, now, at);
}

} // namespace orderd::http
