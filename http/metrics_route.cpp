#include "http/metrics_route.hpp"

#include "config/metrics.hpp"
#include "http/call.hpp"
#include "http/health_routes.hpp"

#include <algorithm>
#include <array>

namespace orderd::http {
namespace {

[[nodiscard]] metric injected_error(const engine_status& now, std::size_t step) {
  return {"orderd_injected_errors_total",
          "Steps of orders that were made to fail.",
          metric_type::counter,
          now.injected_errors[step],
          {"step", injected_steps[step]}};
}

[[nodiscard]] metric payment_step(std::string_view result, std::uint64_t value) {
  return {"orderd_payment_steps_total",
          "Steps that the payment service was asked for, by what came of them.",
          metric_type::counter,
          value,
          {"result", result}};
}

[[nodiscard]] auto metrics_of(const engine_status& now) {
  using enum metric_type;
  return std::to_array<metric>({
      {"orderd_store_up", "Whether the store answers: 1, or 0 while it is away.", gauge,
       now.store_error.empty() ? 1U : 0U},
      {"orderd_store_events_aside", "Events that the store refused and that are kept aside.", gauge,
       now.aside.events},
      {"orderd_store_entities_aside", "Orders, stock items and accounts that have events aside.", gauge,
       now.aside.entities},
      {"orderd_store_applied_seq", "Number of the last event that the store has applied.", gauge,
       now.applied_seq},
      {"orderd_backlog_events", "Durable events that the store has not applied yet.", gauge,
       backlog_events(now)},
      {"orderd_backlog_bytes", "Size of the journal that is kept for the store.", gauge, now.backlog_bytes},
      {"orderd_journal_durable_seq", "Number of the last event that the journal has synced.", gauge,
       now.durable_seq},
      {"orderd_journal_syncs_total", "Syncs of the journal.", counter, now.journal_syncs},
      {"orderd_accepts_writes", "Whether the journal has room for changes: 1, or 0 while they are refused.",
       gauge, now.accepts_writes ? 1U : 0U},
      {"orderd_live_entities", "Orders, stock items and accounts in memory.", gauge, now.live_entities},
      {"orderd_idempotency_keys_forgotten_total",
       "Requests with an Idempotency-Key that were forgotten before their time.", counter,
       now.keys_forgotten},
      {"orderd_requests_in_flight", "Requests that wait for their answer.", gauge, now.requests_in_flight},
      {"orderd_sagas_stuck", "Orders whose saga needs an operator.", gauge,
       static_cast<std::uint64_t>(std::max<std::int64_t>(now.sagas_stuck, 0))},
      {"orderd_processor_ready", "Registered orders and sagas that wait for the processor.", gauge,
       now.processor_ready},
      {"orderd_processor_in_flight", "Orders that the processor attends to.", gauge, now.processor_in_flight},
      {"orderd_processor_due", "Orders that the processor will attend to at a time of their own.", gauge,
       now.processor_due},
      injected_error(now, 0),
      injected_error(now, 1),
      {"orderd_payments_in_flight", "Steps that the payment service is asked for.", gauge,
       now.payments.in_flight},
      {"orderd_payment_tries_total", "Questions to the payment service.", counter, now.payments.tries},
      {"orderd_payment_tries_failed_total", "Of these, those without an answer that decides.", counter,
       now.payments.tries_failed},
      payment_step("done", now.payments.done),
      payment_step("declined", now.payments.declined),
      payment_step("unavailable", now.payments.unavailable),
      payment_step("unknown", now.payments.unknown),
      payment_step("refused", now.payments.refused),
      {"orderd_payment_breaker_open", "Whether the payment service is left alone for a while: 1, or 0.",
       gauge, now.payments.breaker_open ? 1U : 0U},
  });
}

void show_metrics(call& c) {
  response answer;
  answer.content_type = metrics_media_type;
  answer.body = metrics_text(metrics_of(c.api.core.status()));
  answer.headers.emplace_back("Cache-Control", "no-store");
  c.answer(std::move(answer));
}

} // namespace

void add_metrics_route(std::vector<route>& table) {
  table.push_back({method::get, "/metrics", show_metrics, false});
}

} // namespace orderd::http
