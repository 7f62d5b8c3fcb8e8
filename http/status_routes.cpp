#include "http/status_routes.hpp"

#include "config/json_writer.hpp"
#include "config/version.hpp"
#include "http/call.hpp"
#include "http/edge_figures.hpp"
#include "http/status_bodies.hpp"

#include <array>

namespace orderd::http {
namespace {

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
  write_engine_status(json, now);
  json.end_object();
  answer.headers.emplace_back("Cache-Control", "no-store");
  c.answer(std::move(answer));
}

} // namespace

void add_status_routes(std::vector<route>& table) { table.push_back({method::get, "/status", show_status}); }

} // namespace orderd::http
