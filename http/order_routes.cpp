#include "http/order_routes.hpp"

#include "config/id_source.hpp"
#include "config/limits.hpp"
#include "http/exchange.hpp"
#include "http/identity.hpp"
#include "http/order_creation.hpp"
#include "http/query.hpp"
#include "http/request_checks.hpp"

namespace orderd::http {

namespace {

[[nodiscard]] answer_context answer_for(call& from, int status = 200) {
  answer_context context;
  context.request_id = std::move(from.request_id);
  context.status = status;
  return context;
}

/// The caller, the order's id and the version asked for: what every route of one order needs.
struct order_call {
  caller who;
  uuid id;
  std::optional<std::uint64_t> if_match;
};

[[nodiscard]] tl::expected<order_call, problem> read_order_call(const api_context& context,
                                                                const call& from) {
  auto who = caller_of(context, from);
  if (!who)
    return tl::unexpected{std::move(who.error())};
  auto id = id_of(from.parameters.at(0), "id");
  if (!id)
    return tl::unexpected{std::move(id.error())};
  auto version = read_if_match(from.request.header("If-Match"));
  if (!version)
    return tl::unexpected{std::move(version.error())};
  return order_call{std::move(*who), *id, *version};
}

void create(const api_context& context, call&& from, responder reply) {
  auto who = caller_of(context, from);
  if (!who)
    return send_problem(std::move(reply), who.error(), from.request_id);
  if (const auto fault = check_json_type(from.request))
    return send_problem(std::move(reply), *fault, from.request_id);
  auto command = make_creation(context, *who, read_order(body_of(from.request)));
  if (!command)
    return send_problem(std::move(reply), command.error(), from.request_id);
  auto answer = answer_for(from, 201);
  answer.names_place = true;
  context.engine.submit(order_request{fresh_id(context.clock), std::move(*who), std::nullopt,
                                      std::move(*command), answer_with(std::move(reply), std::move(answer))});
}

void show(const api_context& context, call&& from, responder reply) {
  auto asked = read_order_call(context, from);
  if (!asked)
    return send_problem(std::move(reply), asked.error(), from.request_id);
  context.engine.submit(order_request{asked->id, std::move(asked->who), std::nullopt, get_order{},
                                      answer_with(std::move(reply), answer_for(from))});
}

/// Which parts of a change's body a route reads.
enum class change_kind : std::uint8_t { status, status_or_metadata };

[[nodiscard]] tl::expected<change_status, problem>
status_change(const api_context& context, const caller& who, const change_body& body, order_status target) {
  change_status change;
  change.target = target;
  change.immediate = context.placement != order_status::registered;
  change.reason = body.reason.value_or("");
  change.runner_id = body.runner_id.value_or(who.user);
  return change;
}

/// Sends a change whose body has been read.
void submit_change(const api_context& context, call& from, order_call&& asked, change_order&& change,
                   responder reply) {
  context.engine.submit(order_request{asked.id, std::move(asked.who), asked.if_match, std::move(change),
                                      answer_with(std::move(reply), answer_for(from))});
}

/// `POST /orders/{id}/…`: the transition is named by the path.
void transition(const api_context& context, order_status target, call&& from, responder reply) {
  auto asked = read_order_call(context, from);
  if (!asked)
    return send_problem(std::move(reply), asked.error(), from.request_id);
  if (const auto fault = check_json_type(from.request))
    return send_problem(std::move(reply), *fault, from.request_id);
  auto body = read_change(body_of(from.request));
  if (const auto fault = fault_of(body))
    return send_problem(std::move(reply), *fault, from.request_id);
  auto status = status_change(context, asked->who, body.value, target);
  submit_change(context, from, std::move(*asked), change_order{std::move(*status), {}}, std::move(reply));
}

[[nodiscard]] tl::expected<change_order, problem> make_change(const api_context& context, const caller& who,
                                                              change_body&& body, change_kind kind) {
  change_order change;
  if (body.status) {
    const auto target = parse_order_status(*body.status);
    if (!target)
      return tl::unexpected{make_problem("unknown_status", "there is no status '" + *body.status + "'")};
    auto status = status_change(context, who, body, *target);
    if (!status)
      return tl::unexpected{std::move(status.error())};
    change.status = std::move(*status);
  }
  if (kind == change_kind::status_or_metadata && body.metadata)
    change.merge = [patch = std::move(*body.metadata)](const std::string& current) {
      return merge_metadata(current, patch);
    };
  if (!change.status && !change.merge)
    return tl::unexpected{invalid_fields({{"status", "missing", "status is required"}})};
  return change;
}

/// PUT and PATCH: the transition is named by the body.
void change(const api_context& context, change_kind kind, call&& from, responder reply) {
  auto asked = read_order_call(context, from);
  if (!asked)
    return send_problem(std::move(reply), asked.error(), from.request_id);
  if (const auto fault = check_json_type(from.request))
    return send_problem(std::move(reply), *fault, from.request_id);
  auto body = read_change(body_of(from.request));
  if (const auto fault = fault_of(body))
    return send_problem(std::move(reply), *fault, from.request_id);
  auto wanted = make_change(context, asked->who, std::move(body.value), kind);
  if (!wanted)
    return send_problem(std::move(reply), wanted.error(), from.request_id);
  submit_change(context, from, std::move(*asked), std::move(*wanted), std::move(reply));
}

void submit_list(const api_context& context, call& from, order_query&& query, responder reply) {
  auto answer = answer_for(from);
  answer.path = from.request.path;
  answer.query = from.request.query;
  answer.limit = query.limit;
  answer.page = query.page;
  context.engine.submit(list_request{std::move(query), answer_with(std::move(reply), std::move(answer))});
}

/// A list; customers see their own orders only.
void list(const api_context& context, std::optional<order_status> status, call&& from, responder reply) {
  auto who = caller_of(context, from);
  if (!who)
    return send_problem(std::move(reply), who.error(), from.request_id);
  auto query = read_order_query(from.request.query);
  if (!query)
    return send_problem(std::move(reply), query.error(), from.request_id);
  if (status)
    query->status = status;
  if (!who->is_operator) {
    if (query->customer_id && *query->customer_id != who->user)
      return send_problem(std::move(reply),
                          make_problem("forbidden", "customer '" + who->user + "' may list only own orders"),
                          from.request_id);
    query->customer_id = who->user;
  }
  submit_list(context, from, std::move(*query), std::move(reply));
}

void list_by_status(const api_context& context, call&& from, responder reply) {
  const auto status = parse_order_status(from.parameters.at(0));
  if (!status)
    return send_problem(
        std::move(reply),
        make_problem("unknown_status", "there is no status '" + from.parameters.at(0).substr(0, 64) + "'"),
        from.request_id);
  list(context, status, std::move(from), std::move(reply));
}

void list_mine(const api_context& context, call&& from, responder reply) {
  auto who = caller_of(context, from);
  if (!who)
    return send_problem(std::move(reply), who.error(), from.request_id);
  if (who->user.empty())
    return send_problem(std::move(reply), make_problem("missing_user", "whose orders? Send X-User"),
                        from.request_id);
  auto query = read_order_query(from.request.query);
  if (!query)
    return send_problem(std::move(reply), query.error(), from.request_id);
  query->customer_id = std::move(who->user);
  submit_list(context, from, std::move(*query), std::move(reply));
}

void show_timeline(const api_context& context, call&& from, responder reply) {
  auto asked = read_order_call(context, from);
  if (!asked)
    return send_problem(std::move(reply), asked.error(), from.request_id);
  const auto paging = read_timeline_query(from.request.query);
  if (!paging)
    return send_problem(std::move(reply), paging.error(), from.request_id);
  auto answer = answer_for(from);
  answer.path = from.request.path;
  answer.query = from.request.query;
  answer.limit = paging->limit;
  context.engine.submit(
      list_request{timeline_query{asked->id, std::move(asked->who), paging->after_version, paging->limit},
                   answer_with(std::move(reply), std::move(answer))});
}

} // namespace

std::vector<route> order_routes(const api_context& context) {
  const auto bind = [&context](auto handle) {
    return [&context, handle](call&& from, responder reply) {
      handle(context, std::move(from), std::move(reply));
    };
  };
  const auto to = [&context](order_status target) {
    return [&context, target](call&& from, responder reply) {
      transition(context, target, std::move(from), std::move(reply));
    };
  };
  const auto by_body = [&context](change_kind kind) {
    return [&context, kind](call&& from, responder reply) {
      change(context, kind, std::move(from), std::move(reply));
    };
  };
  const auto list_all = [&context](call&& from, responder reply) {
    list(context, std::nullopt, std::move(from), std::move(reply));
  };
  return {
      {method::post, "/orders", bind(create)},
      {method::get, "/orders", list_all},
      {method::get, "/orders/me", bind(list_mine)},
      {method::get, "/orders/status/{status}", bind(list_by_status)},
      {method::get, "/orders/{id}", bind(show)},
      {method::put, "/orders/{id}", by_body(change_kind::status_or_metadata)},
      {method::patch, "/orders/{id}", by_body(change_kind::status_or_metadata)},
      {method::patch, "/orders/{id}/status", by_body(change_kind::status)},
      {method::get, "/orders/{id}/events", bind(show_timeline)},
      {method::post, "/orders/{id}/place", to(order_status::registered)},
      {method::post, "/orders/{id}/accept", to(order_status::accepted)},
      {method::post, "/orders/{id}/complete", to(order_status::completed)},
      {method::post, "/orders/{id}/cancel", to(order_status::cancelled)},
  };
}

} // namespace orderd::http
