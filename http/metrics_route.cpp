#include "http/metrics_route.hpp"

#include "config/metrics.hpp"
#include "config/process_figures.hpp"
#include "config/version.hpp"
#include "http/call.hpp"
#include "http/edge_figures.hpp"
#include "http/engine_metrics.hpp"
#include "http/health_routes.hpp"
#include "http/sink_routes.hpp"

#include <algorithm>
#include <array>
#include <vector>

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
      {"orderd_payment_conflicts_total",
       "Notices of payments that do not fit their order, so that somebody ought to look.", counter,
       now.payment_conflicts},
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
      {"orderd_event_streams", "Clients that follow the stream of events.", gauge, now.event_clients},
  });
}

/// One figure of each sink.
void append_sinks(std::vector<metric>& all, const engine_status& now, std::string_view name,
                  std::string_view help, metric_type type, std::uint64_t (*value)(const sink_status&)) {
  for (const auto& sink : now.sinks)
    all.push_back({name, help, type, value(sink), {"sink", sink.name}});
}

void append_sinks(std::vector<metric>& all, const engine_status& now) {
  using enum metric_type;
  const auto append = [&](std::string_view name, std::string_view help, metric_type type,
                          std::uint64_t (*value)(const sink_status&)) {
    append_sinks(all, now, name, help, type, value);
  };
  append("orderd_sink_position", "Last event of the journal that the sink is done with.", gauge,
         [](const sink_status& sink) { return sink.position; });
  append("orderd_sink_lag_events", "Durable events that the sink is not done with.", gauge,
         [](const sink_status& sink) { return sink.lag_events; });
  append("orderd_sink_lag_seconds", "Age of the oldest event that waits for the sink.", gauge,
         [](const sink_status& sink) { return static_cast<std::uint64_t>(sink.lag_seconds); });
  append("orderd_sink_published_total", "Events that the sink has taken.", counter,
         [](const sink_status& sink) { return sink.published; });
  append("orderd_sink_failed_total", "Sendings that the sink did not take, and that are repeated.", counter,
         [](const sink_status& sink) { return sink.failed; });
  append("orderd_sink_skipped_total", "Events that waited for too long, and were passed over.", counter,
         [](const sink_status& sink) { return sink.skipped; });
  append("orderd_sink_disabled", "Whether the sink waits for an operator: 1, or 0.", gauge,
         [](const sink_status& sink) { return std::uint64_t{sink.disabled}; });
}

void append_sources(std::vector<metric>& all, const std::vector<source_status>& sources) {
  using enum metric_type;
  const auto append = [&](std::string_view name, std::string_view help, metric_type type,
                          std::uint64_t (*value)(const source_figures&)) {
    for (const auto& source : sources)
      all.push_back({name, help, type, value(source.figures), {"source", source.name}});
  };
  append("orderd_source_up", "Whether messages can be read: 1, or 0.", gauge,
         [](const source_figures& f) { return std::uint64_t{f.trouble.empty()}; });
  append("orderd_source_done_total", "Messages that took effect, now or before.", counter,
         [](const source_figures& f) { return f.done; });
  append("orderd_source_retried_total", "Messages that could not be handled, and come again.", counter,
         [](const source_figures& f) { return f.retried; });
  append("orderd_source_dead_letters_total", "Messages that were given up.", counter,
         [](const source_figures& f) { return f.dead_letters; });
  append("orderd_source_in_flight", "Messages that are being handled.", gauge,
         [](const source_figures& f) { return f.in_flight; });
}

void append_process(std::vector<metric>& all) {
  using enum metric_type;
  const auto process = read_process_figures();
  all.push_back(
      {"orderd_build_info", "1, with the program's version.", gauge, 1, {"version", program_version()}});
  all.push_back({"process_cpu_seconds_total", "CPU time of all threads.", counter, process.cpu_seconds});
  all.push_back(
      {"process_resident_memory_bytes", "Memory that is not swapped out.", gauge, process.resident_bytes});
  all.push_back({"process_open_fds", "Open descriptors.", gauge, process.open_fds});
  all.push_back(
      {"process_start_time_seconds", "Start of the process, since 1970.", gauge, process.start_time_seconds});
}

void append_traces(std::vector<metric>& all, const trace_figures& traces) {
  all.push_back({"orderd_traces_exported_total", "Spans of traced requests that the collector has taken.",
                 metric_type::counter, traces.exported});
  all.push_back({"orderd_traces_dropped_total", "Spans that were dropped, for nobody took them in time.",
                 metric_type::counter, traces.dropped});
}

void show_metrics(call& c) {
  response answer;
  answer.content_type = metrics_media_type;
  const auto status = c.api.core.status();
  const auto sources = sources_of(c);
  const auto plain = metrics_of(status);
  std::vector<metric> all(plain.begin(), plain.end());
  append_sinks(all, status);
  append_sources(all, sources);
  append_engine_metrics(all, status, c.api.clock.now());
  if (c.api.figures != nullptr)
    c.api.figures->append_to(all);
  append_process(all);
  append_traces(all, c.api.traces == nullptr ? trace_figures{} : c.api.traces->figures());
  answer.body = metrics_text(all);
  answer.headers.emplace_back("Cache-Control", "no-store");
  c.answer(std::move(answer));
}

} // namespace

void add_metrics_route(std::vector<route>& table) {
  table.push_back({method::get, "/metrics", show_metrics, false});
}

} // namespace orderd::http
