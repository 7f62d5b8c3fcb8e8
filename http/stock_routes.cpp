#include "http/stock_routes.hpp"

#include "config/id_source.hpp"
#include "http/exchange.hpp"
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

enum class needs : std::uint8_t { any_caller, operator_only };

/// The caller, the SKU and the version asked for: what every route of one item needs.
struct stock_call {
  caller who;
  std::string sku;
  std::optional<std::uint64_t> if_match;
};

[[nodiscard]] tl::expected<stock_call, problem> read_stock_call(const api_context& context, const call& from,
                                                                needs who_may) {
  auto who = who_may == needs::operator_only ? operator_of(context, from) : caller_of(context, from);
  if (!who)
    return tl::unexpected{std::move(who.error())};
  auto sku = sku_of(from.parameters.at(0));
  if (!sku)
    return tl::unexpected{std::move(sku.error())};
  auto version = read_if_match(from.request.header("If-Match"));
  if (!version)
    return tl::unexpected{std::move(version.error())};
  if (auto fault = check_json_type(from.request))
    return tl::unexpected{std::move(*fault)};
  return stock_call{std::move(*who), std::move(*sku), *version};
}

template <class Command>
void submit(const api_context& context, stock_call&& asked, Command&& command, reply_token reply) {
  context.engine.submit(
      stock_request{std::move(asked.sku), asked.if_match, std::forward<Command>(command), std::move(reply)});
}

void define(const api_context& context, call&& from, responder reply) {
  auto asked = read_stock_call(context, from, needs::operator_only);
  if (!asked)
    return send_problem(std::move(reply), asked.error(), from.request_id);
  auto body = read_stock(body_of(from.request));
  if (const auto fault = fault_of(body))
    return send_problem(std::move(reply), *fault, from.request_id);
  submit(context, std::move(*asked), std::move(body.value), answer_with(std::move(reply), answer_for(from)));
}

void adjust(const api_context& context, call&& from, responder reply) {
  auto asked = read_stock_call(context, from, needs::operator_only);
  if (!asked)
    return send_problem(std::move(reply), asked.error(), from.request_id);
  auto body = read_adjustment(body_of(from.request));
  if (const auto fault = fault_of(body))
    return send_problem(std::move(reply), *fault, from.request_id);
  submit(context, std::move(*asked), std::move(body.value), answer_with(std::move(reply), answer_for(from)));
}

void show(const api_context& context, call&& from, responder reply) {
  auto asked = read_stock_call(context, from, needs::any_caller);
  if (!asked)
    return send_problem(std::move(reply), asked.error(), from.request_id);
  submit(context, std::move(*asked), get_stock{}, answer_with(std::move(reply), answer_for(from)));
}

void list(const api_context& context, call&& from, responder reply) {
  const auto who = caller_of(context, from);
  if (!who)
    return send_problem(std::move(reply), who.error(), from.request_id);
  auto query = read_stock_query(from.request.query);
  if (!query)
    return send_problem(std::move(reply), query.error(), from.request_id);
  auto answer = answer_for(from);
  answer.path = from.request.path;
  answer.query = from.request.query;
  answer.limit = query->limit;
  answer.page = query->page;
  context.engine.submit(list_request{std::move(*query), answer_with(std::move(reply), std::move(answer))});
}

void reserve(const api_context& context, call&& from, responder reply) {
  auto asked = read_stock_call(context, from, needs::any_caller);
  if (!asked)
    return send_problem(std::move(reply), asked.error(), from.request_id);
  auto body = read_reservation(body_of(from.request));
  if (const auto fault = fault_of(body))
    return send_problem(std::move(reply), *fault, from.request_id);
  auto& wanted = body.value;
  if (!asked->who.is_operator && wanted.holder && *wanted.holder != asked->who.user)
    return send_problem(std::move(reply),
                        make_problem("forbidden", "customer '" + asked->who.user + "' may not reserve for '" +
                                                      *wanted.holder + "'"),
                        from.request_id);
  auto answer = answer_for(from, 201);
  answer.names_place = true;
  make_reservation command{fresh_id(context.clock), wanted.qty, std::chrono::seconds{wanted.ttl_seconds},
                           wanted.holder ? std::move(*wanted.holder) : asked->who.user};
  submit(context, std::move(*asked), std::move(command), answer_with(std::move(reply), std::move(answer)));
}

/// A route of one reservation; `make` turns its id into the command.
template <class Make>
void with_reservation(const api_context& context, Make make, call&& from, responder reply) {
  auto asked = read_stock_call(context, from, needs::any_caller);
  if (!asked)
    return send_problem(std::move(reply), asked.error(), from.request_id);
  const auto id = id_of(from.parameters.at(1), "id");
  if (!id)
    return send_problem(std::move(reply), id.error(), from.request_id);
  submit(context, std::move(*asked), make(*id), answer_with(std::move(reply), answer_for(from)));
}

void extend(const api_context& context, call&& from, responder reply) {
  auto ttl = read_ttl(body_of(from.request));
  if (const auto fault = fault_of(ttl))
    return send_problem(std::move(reply), *fault, from.request_id);
  with_reservation(
      context,
      [&ttl](const uuid& id) {
        return renew_reservation{id, std::chrono::seconds{ttl.value}};
      },
      std::move(from), std::move(reply));
}

} // namespace

std::vector<route> stock_routes(const api_context& context) {
  const auto bind = [&context](auto handle) {
    return [&context, handle](call&& from, responder reply) {
      handle(context, std::move(from), std::move(reply));
    };
  };
  const auto on_reservation = [&context](auto make) {
    return [&context, make](call&& from, responder reply) {
      with_reservation(context, make, std::move(from), std::move(reply));
    };
  };
  const auto look = [](const uuid& id) { return get_reservation{id}; };
  const auto release = [](const uuid& id) { return release_reservation{id}; };
  const auto commit = [](const uuid& id) { return commit_reservation{id}; };
  return {
      {method::get, "/stock", bind(list)},
      {method::put, "/stock/{sku}", bind(define)},
      {method::get, "/stock/{sku}", bind(show)},
      {method::post, "/stock/{sku}/adjustments", bind(adjust)},
      {method::post, "/stock/{sku}/reservations", bind(reserve)},
      {method::get, "/stock/{sku}/reservations/{id}", on_reservation(look)},
      {method::patch, "/stock/{sku}/reservations/{id}", bind(extend)},
      {method::delete_, "/stock/{sku}/reservations/{id}", on_reservation(release)},
      {method::post, "/stock/{sku}/reservations/{id}/commit", on_reservation(commit)},
  };
}

} // namespace orderd::http
