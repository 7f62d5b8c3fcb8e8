#include "http/health_routes.hpp"

#include "config/version.hpp"
#include "http/call.hpp"
#include "http/json_writer.hpp"

namespace orderd::http {
namespace {

[[nodiscard]] response json_response(std::string body) {
  response answer;
  answer.body = std::move(body);
  answer.headers.emplace_back("Cache-Control", "no-store");
  return answer;
}

void show_health(call& c) {
  const auto status = c.api.core.status();
  std::string body;
  json_writer json(body);
  json.begin_object();
  json.member("status", status.accepts_writes && status.store_error.empty() ? "healthy" : "degraded");
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
  json.key("store_error");
  if (status.store_error.empty())
    json.value(nullptr);
  else
    json.value(status.store_error);
  json.member("time", c.api.clock.now());
  json.end_object();
  c.answer(json_response(std::move(body)));
}

void show_live(call& c) { c.answer(json_response(R"({"status":"live"})")); }

void show_ready(call& c) {
  if (c.api.draining.load())
    return c.refuse({503, "draining", "the process is shutting down", {}, {}, {}});
  // A journal short of room refuses changes with 503 one by one; reads go on, so the process stays ready.
  c.answer(json_response(R"({"status":"ready"})"));
}

} // namespace

void add_health_routes(std::vector<route>& table) {
  table.push_back({method::get, "/health", show_health, false});
  table.push_back({method::get, "/health/live", show_live, false});
  table.push_back({method::get, "/health/ready", show_ready, false});
}

} // namespace orderd::http
