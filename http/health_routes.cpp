#include "http/health_routes.hpp"

#include "config/json_writer.hpp"
#include "config/version.hpp"
#include "http/call.hpp"

#include <algorithm>

namespace orderd::http {
namespace {

[[nodiscard]] response json_response(std::string body) {
  response answer;
  answer.body = std::move(body);
  answer.headers.emplace_back("Cache-Control", "no-store");
  return answer;
}

[[nodiscard]] bool is_degraded(const engine_status& status) noexcept {
  return !status.accepts_writes || !status.store_error.empty() || status.aside.events > 0;
}

void write_text_or_null(json_writer& json, std::string_view key, const std::string& text) {
  json.key(key);
  if (text.empty())
    json.value(nullptr);
  else
    json.value(text);
}

/// What is wrong, in words that stay: whoever is called at night looks for them.
void write_degraded(json_writer& json, const engine_status& status) {
  json.key("degraded").begin_array();
  if (!status.store_error.empty())
    json.value("store_away");
  if (status.aside.events > 0)
    json.value("events_aside");
  if (!status.accepts_writes)
    json.value("no_room");
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
  std::string body;
  json_writer json(body);
  json.begin_object();
  json.member("status", is_degraded(status) ? "degraded" : "healthy");
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
  write_degraded(json, status);
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
  std::string body;
  json_writer json(body);
  json.begin_object().member("status", "ready");
  write_degraded(json, status);
  write_store(json, status);
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
