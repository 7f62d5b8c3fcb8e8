#include "http/status_routes.hpp"

#include "config/json_writer.hpp"
#include "config/version.hpp"
#include "http/call.hpp"
#include "http/edge_figures.hpp"
#include "http/health_routes.hpp"
#include "http/sink_routes.hpp"
#include "persistence/order_json.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace orderd::http {
namespace {

/// A bound as it is written in the figures' table: few digits, no exponent.
void write_number(json_writer& json, double number) {
  std::array<char, 64> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  json.raw({text.data(), static_cast<std::size_t>(end.ptr - text.data())});
}

void write_histogram(json_writer& json, std::string_view name, const histogram_snapshot& shown) {
  json.key(name).begin_object();
  json.key("bounds_seconds").begin_array();
  for (const auto bound : shown.bounds)
    write_number(json, bound);
  json.end_array().key("counts").begin_array();
  for (const auto count : shown.counts)
    json.value(count);
  json.end_array().end_object();
}

void write_orders(json_writer& json, const edge_totals& edge) {
  json.key("orders").begin_object().member("created", edge.orders_created);
  json.key("failures").begin_object();
  for (const auto& each : edge.order_failures)
    json.member(each.word, each.count);
  json.end_object().end_object();
}

void write_http(json_writer& json, const edge_totals& edge, const engine_status& now) {
  constexpr std::array<std::string_view, 4> classes = {"2xx", "3xx", "4xx", "5xx"};
  json.key("http").begin_object().member("requests", edge.requests);
  json.key("by_class").begin_object();
  for (std::size_t i = 0; i < classes.size(); ++i)
    json.member(classes[i], edge.by_class[i]);
  json.end_object();
  json.member("rate_limited", edge.rate_limited).member("shed", edge.shed);
  json.member("in_flight", now.requests_in_flight);
  write_histogram(json, "latency", edge.latency);
  json.end_object();
}

/// What the engine behind the edge tells.
void write_engine(json_writer& json, const engine_status& now) {
  json.key("journal").begin_object().member("durable_seq", now.durable_seq);
  json.member("syncs", now.journal_syncs).member("accepts_writes", now.accepts_writes).end_object();
  json.key("store").begin_object().member("up", now.store_error.empty());
  write_text_or_null(json, "error", now.store_error);
  json.member("applied_seq", now.applied_seq).member("backlog_events", backlog_events(now));
  json.member("backlog_bytes", now.backlog_bytes).end_object();
  json.key("sagas").begin_object().member("stuck", std::max<std::int64_t>(now.sagas_stuck, 0));
  json.member("ready", now.processor_ready).member("in_flight", now.processor_in_flight);
  json.member("due", now.processor_due).end_object();
  json.member("event_streams", now.event_clients);
}

void show_status(call& c) {
  if (!c.who.is_operator)
    return c.refuse(forbidden("only operators see the engine's figures, and " + c.who.user + " is none"));
  const auto now = c.api.core.status();
  const auto edge = c.api.figures == nullptr ? edge_totals{} : c.api.figures->totals();
  response answer;
  json_writer json(answer.body);
  json.begin_object().member("at", c.api.clock.now());
  if (c.api.figures != nullptr)
    json.member("started_at", c.api.figures->started_at()).member("service", c.api.figures->service());
  json.member("version", program_version());
  write_orders(json, edge);
  write_http(json, edge, now);
  write_engine(json, now);
  write_sinks(json, now);
  json.end_object();
  answer.headers.emplace_back("Cache-Control", "no-store");
  c.answer(std::move(answer));
}

} // namespace

void add_status_routes(std::vector<route>& table) { table.push_back({method::get, "/status", show_status}); }

} // namespace orderd::http
