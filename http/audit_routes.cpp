#include "http/audit_routes.hpp"

#include "config/json_writer.hpp"
#include "domain/time.hpp"
#include "http/call.hpp"

#include <utility>

namespace orderd::http {
namespace {

[[nodiscard]] bool may_look(call& c) {
  if (!c.who.is_operator)
    c.refuse(forbidden("only operators may audit, and " + c.who.user + " is none"));
  return c.who.is_operator;
}

void audit(call& c) {
  if (may_look(c))
    c.api.core.audit(c.token({}));
}

void write(json_writer& json, const audit_counts& checked) {
  json.key("checked").begin_object();
  json.member("events", checked.events).member("orders", checked.orders);
  json.member("stock_items", checked.stock_items).member("accounts", checked.accounts);
  json.member("reservations", checked.reservations).member("live_entities", checked.live_entities);
  json.end_object();
}

} // namespace

response audit_response(const audit_result& found) {
  const auto& report = found.report;
  response answer;
  answer.status = report.ok() ? 200 : 500;
  json_writer json(answer.body);
  json.begin_object().member("ok", report.ok());
  json.member("as_of_seq", report.as_of_seq).member("dropped_to", report.dropped_to);
  write(json, report.checked);
  json.key("differences").begin_array();
  for (const auto& each : report.differences)
    json.begin_object()
        .member("kind", each.kind)
        .member("key", each.key)
        .member("code", each.code)
        .member("detail", each.detail)
        .end_object();
  json.end_array().member("differences_total", report.differences_total);
  json.member("duration_ms", static_cast<std::int64_t>(found.duration.count()));
  json.member("at", to_rfc3339(found.at)).end_object();
  answer.headers.emplace_back("Cache-Control", "no-store");
  return answer;
}

void add_audit_routes(std::vector<route>& table) { table.push_back({method::get, "/audit", audit}); }

} // namespace orderd::http
