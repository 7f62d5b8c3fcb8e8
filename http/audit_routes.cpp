#include "http/audit_routes.hpp"

#include "config/json_writer.hpp"
#include "domain/time.hpp"
#include "http/call.hpp"
#include "http/caller_rates.hpp"
#include "http/problem.hpp"
#include "http/stream_listener.hpp"

#include <optional>
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

/// What a proof is begun with once the handler has returned.
struct proof_answer {
  answer_port out;
  std::string request_id;
  std::optional<rate_standing> rate;
};

[[nodiscard]] response head_of(const std::string& request_id, const std::optional<rate_standing>& rate) {
  response head;
  head.content_type = "application/x-ndjson";
  head.headers.emplace_back("Cache-Control", "no-store");
  head.headers.emplace_back("X-Accel-Buffering", "no");
  head.headers.emplace_back("X-Request-Id", request_id);
  append_rate(head, rate);
  return head;
}

void prove(call& c) {
  if (!may_look(c))
    return;
  const auto sku = path_sku(c);
  if (!sku)
    return c.refuse(sku.error());
  if (!c.api.core.catalogue().contains(*sku))
    return c.refuse({404, "not_found", "there is no stock item " + *sku, {}, {}, {}});
  if (c.in.method == method::head) {
    static_cast<void>(c.out.stream(head_of(c.request_id, c.rate), {}));
    return;
  }
  const auto answer = std::make_shared<proof_answer>(proof_answer{std::move(c.out), c.request_id, c.rate});
  stock_proof_request wanted;
  wanted.sku = *sku;
  wanted.begin = [answer](listener_signal signal) {
    return std::make_unique<stream_listener>(answer->out, head_of(answer->request_id, answer->rate),
                                             proof_unread_bytes_max, std::move(signal));
  };
  wanted.refuse = [answer](rejection why) {
    auto refusal = to_response(to_problem(std::move(why)), answer->request_id);
    refusal.headers.emplace_back("X-Request-Id", answer->request_id);
    append_rate(refusal, answer->rate);
    answer->out.send(std::move(refusal));
  };
  const auto refuse = wanted.refuse;
  if (!c.api.core.prove(std::move(wanted)))
    refuse(
        {rejection_code::overloaded, "there are as many proofs under way as may be; try again", {}, {}, {}});
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
  json.key("not_compared").begin_array();
  for (const auto& each : report.not_compared)
    json.value(each);
  json.end_array();
  json.member("duration_ms", static_cast<std::int64_t>(found.duration.count()));
  json.member("at", to_rfc3339(found.at)).end_object();
  answer.headers.emplace_back("Cache-Control", "no-store");
  return answer;
}

void add_audit_routes(std::vector<route>& table) {
  table.push_back({method::get, "/audit", audit});
  table.push_back({method::get, "/stock/{sku}/proof", prove});
}

} // namespace orderd::http
