#include "http/api.hpp"

#include "config/utf8.hpp"
#include "http/account_routes.hpp"
#include "http/audit_routes.hpp"
#include "http/caller_rates.hpp"
#include "http/event_routes.hpp"
#include "http/health_routes.hpp"
#include "http/idempotency.hpp"
#include "http/import_route.hpp"
#include "http/metrics_route.hpp"
#include "http/order_routes.hpp"
#include "http/schema_routes.hpp"
#include "http/sink_routes.hpp"
#include "http/status_routes.hpp"
#include "http/stock_routes.hpp"
#include "http/web_routes.hpp"

#include <algorithm>
#include <utility>

namespace orderd::http {
namespace {

[[nodiscard]] problem no_such_path(std::string_view path) {
  return {404, "not_found", "there is nothing at " + std::string(cut_utf8(path, 200)), {}, {}, {}};
}

/// A field that means one value and comes twice: the first and the last would be different requests.
[[nodiscard]] std::optional<problem> field_given_twice(const request& in) {
  for (const std::string_view single :
       {"X-User", "Authorization", "If-Match", "Content-Type", "X-Request-Id"}) {
    const auto named = [single](const header_view& field) { return same_field(field.name, single); };
    if (std::count_if(in.headers.begin(), in.headers.end(), named) > 1)
      return problem{
          400, "bad_request", "the header field " + std::string(single) + " is given twice", {}, {}, {}};
  }
  return std::nullopt;
}

void refuse_method(call& c, std::string_view allow) {
  const problem what{405,
                     "method_not_allowed",
                     "this path takes " + std::string(allow) + ", not " + std::string(to_text(c.in.method)),
                     {},
                     {},
                     {}};
  auto answer = to_response(what, c.request_id);
  answer.headers.emplace_back("Allow", allow);
  c.answer(std::move(answer));
}

[[nodiscard]] caller_kind kind_of(const caller& who) noexcept {
  if (!who.is_operator)
    return who.user.empty() ? caller_kind::nobody : caller_kind::customer;
  return who.user.empty() ? caller_kind::nameless_operator : caller_kind::named_operator;
}

/// For those who count: where no route takes the method, any other of the path. Null: it leads nowhere.
[[nodiscard]] const route* any_route_at(std::string_view path_template, const router& in) {
  const auto found = std::find_if(in.table().begin(), in.table().end(),
                                  [&](const route& each) { return each.path_template == path_template; });
  return found == in.table().end() ? nullptr : &*found;
}

void show_methods(call& c, std::string_view allow) {
  response answer;
  answer.status = 204;
  answer.headers.emplace_back("Allow", allow);
  c.answer(std::move(answer));
}

/// The span that the request came from. A `traceparent` that is malformed, or given twice, is as none.
[[nodiscard]] std::optional<trace_context> parent_of(const request& in) {
  const auto is_parent = [](const header_view& field) { return same_field(field.name, "traceparent"); };
  if (std::count_if(in.headers.begin(), in.headers.end(), is_parent) != 1)
    return std::nullopt;
  return parse_traceparent(in.header("traceparent"));
}

/// Null unless the request is in a trace: one that is recorded, or its caller's, whose context goes on to
/// others without being recorded here. Probes, scrapes and pages begin no trace.
[[nodiscard]] std::shared_ptr<request_trace> trace_of(tracer* traces, const route& to, const request& in) {
  if (traces == nullptr)
    return nullptr;
  const auto parent = parent_of(in);
  if (!to.needs_caller && !(parent && parent->sampled))
    return nullptr;
  auto edge = traces->begin(parent);
  if (!edge && parent)
    edge = trace_context{parent->trace, fresh_span_id(), false};
  return edge ? std::make_shared<request_trace>(*traces, *edge, parent ? parent->span : span_id{}) : nullptr;
}

} // namespace

std::vector<route> make_route_table() {
  std::vector<route> table;
  add_order_routes(table);
  // Before `/stock/{sku}`, which would fit its path.
  add_import_route(table);
  add_stock_routes(table);
  add_account_routes(table);
  add_event_routes(table);
  add_schema_routes(table);
  add_health_routes(table);
  add_metrics_route(table);
  add_sink_routes(table);
  add_status_routes(table);
  add_audit_routes(table);
  add_web_routes(table);
  return table;
}

api::api(api_context context) : context_(std::move(context)), routes_(make_route_table()) {}

void api::handle(const request& in, answer_port out) const {
  const auto match = routes_.match(in.method, in.path);
  call c{context_, in, match.parameters, {}, request_id_of(in, context_.clock), std::move(out)};
  auto refusal = field_given_twice(in);
  if (!refusal && match.found != nullptr) {
    if (match.found->needs_caller)
      refusal = admit(c);
    // Nobody who is turned away takes a trace from those that are served.
    if (!refusal)
      c.trace = trace_of(context_.traces, *match.found, in);
  }
  const auto* const at = match.found != nullptr ? match.found : any_route_at(match.path_template, routes_);
  c.out.set_watch({context_.observer, at, in.method, c.request_id, c.trace});
  c.out.set_caller(kind_of(c.who));
  if (refusal)
    return c.refuse(*refusal);
  if (match.path_template.empty())
    return c.refuse(no_such_path(in.path));
  if (in.method == method::options)
    return show_methods(c, match.allow);
  if (match.found == nullptr)
    return refuse_method(c, match.allow);
  const auto key = read_idempotency_key(in);
  if (!key)
    return c.refuse(key.error());
  c.idempotency_key = *key;
  match.found->handler(c);
}

std::optional<problem> api::admit(call& c) const {
  auto who = context_.identity.identify(c.in);
  if (who)
    c.who = *who;
  if (context_.rates != nullptr) {
    c.rate = context_.rates->take(who ? &c.who : nullptr, c.in.peer, context_.clock.now());
    if (c.rate && !c.rate->passes)
      return rate_limited(context_.rates->terms());
  }
  return who ? std::nullopt : std::optional(std::move(who).error());
}

request_handler api::handler() const {
  return [this](const request& in, responder out) { handle(in, answer_port(std::move(out))); };
}

} // namespace orderd::http
