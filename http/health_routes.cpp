#include "http/health_routes.hpp"

#include "config/json_writer.hpp"
#include "config/version.hpp"
#include "http/call.hpp"
#include "http/sink_routes.hpp"
#include "persistence/order_json.hpp"

#include <algorithm>
#include <vector>

namespace orderd::http {
namespace {

[[nodiscard]] response json_response(std::string body) {
  response answer;
  answer.body = std::move(body);
  answer.headers.emplace_back("Cache-Control", "no-store");
  return answer;
}

[[nodiscard]] bool is_troubled(const sink_status& sink) noexcept {
  return sink.disabled || !sink.trouble.empty();
}

/// What of the brokers does not work; the engine sells on, and events wait.
[[nodiscard]] bool brokers_away(const engine_status& status, const std::vector<source_status>& sources) {
  return std::any_of(status.sinks.begin(), status.sinks.end(), is_troubled) ||
         std::any_of(sources.begin(), sources.end(),
                     [](const source_status& each) { return !each.figures.trouble.empty(); });
}

[[nodiscard]] bool is_degraded(const engine_status& status, const std::vector<source_status>& sources) {
  return !status.accepts_writes || !status.store_error.empty() || status.aside.events > 0 ||
         brokers_away(status, sources);
}

/// What is wrong, in words that stay: whoever is called at night looks for them.
void write_degraded(json_writer& json, const engine_status& status,
                    const std::vector<source_status>& sources) {
  json.key("degraded").begin_array();
  if (!status.store_error.empty())
    json.value("store_away");
  if (status.aside.events > 0)
    json.value("events_aside");
  if (!status.accepts_writes)
    json.value("no_room");
  for (const auto& sink : status.sinks)
    if (is_troubled(sink))
      json.value("sink_" + sink.name);
  for (const auto& source : sources)
    if (!source.figures.trouble.empty())
      json.value("source_" + source.name);
  json.end_array();
}

void write_store(json_writer& json, const engine_status& status) {
  json.key("store").begin_object();
  json.member("status", status.store_error.empty() ? "up" : "away");
  write_text_or_null(json, "error", status.store_error);
  json.member("events_aside", status.aside.events);
  json.member("entities_aside", status.aside.entities);
  write_text_or_null(json, "aside_reason", status.aside.reason);
  json.end_object();
  json.key("backlog").begin_object();
  json.member("events", backlog_events(status));
  json.member("bytes", status.backlog_bytes);
  json.end_object();
}

void show_health(call& c) {
  const auto status = c.api.core.status();
  const auto sources = sources_of(c);
  std::string body;
  json_writer json(body);
  json.begin_object();
  json.member("status", is_degraded(status, sources) ? "degraded" : "healthy");
  json.member("service", "orderd");
  json.member("version", program_version());
  json.member("accepts_writes", status.accepts_writes);
  json.member("draining", c.api.draining.load());
  json.member("durable_seq", status.durable_seq);
  json.member("applied_seq", status.applied_seq);
  json.member("journal_syncs", status.journal_syncs);
  json.member("backlog_bytes", status.backlog_bytes);
  json.member("live_entities", status.live_entities);
  json.member("requests_in_flight", status.requests_in_flight);
  write_text_or_null(json, "store_error", status.store_error);
  write_degraded(json, status, sources);
  write_store(json, status);
  json.member("time", c.api.clock.now());
  json.end_object();
  c.answer(json_response(std::move(body)));
}

void show_live(call& c) { c.answer(live_answer()); }

void show_ready(call& c) {
  if (c.api.draining.load())
    return c.refuse({503, "draining", "the process is shutting down", {}, {}, {}});
  // The engine sells while its store is away, and a journal short of room refuses changes with 503 one by
  // one: a process that is taken out of service for either would only make it worse.
  const auto status = c.api.core.status();
  const auto sources = sources_of(c);
  std::string body;
  json_writer json(body);
  json.begin_object().member("status", "ready");
  write_degraded(json, status, sources);
  write_store(json, status);
  write_links(json, status, sources);
  json.end_object();
  c.answer(json_response(std::move(body)));
}

} // namespace

response live_answer() { return json_response(R"({"status":"live"})"); }

std::uint64_t backlog_events(const engine_status& status) noexcept {
  // The two figures are read one after the other, so the store may seem to be ahead.
  return status.durable_seq - std::min(status.durable_seq, status.applied_seq);
}

void add_health_routes(std::vector<route>& table) {
  table.push_back({method::get, health_path, show_health, false});
  table.push_back({method::get, health_live_path, show_live, false});
  table.push_back({method::get, health_ready_path, show_ready, false});
}

} // namespace orderd::http
