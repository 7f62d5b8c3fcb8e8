#include "http/api.hpp"

#include "config/id_source.hpp"
#include "http/exchange.hpp"
#include "http/health_routes.hpp"
#include "http/identity.hpp"
#include "http/import_route.hpp"
#include "http/order_routes.hpp"
#include "http/stock_routes.hpp"

namespace orderd::http {

namespace {

constexpr std::size_t request_id_bytes_max = 128;

[[nodiscard]] std::vector<route> all_routes(const api_context& context) {
  std::vector<route> all;
  for (auto&& group :
       {order_routes(context), stock_routes(context), import_routes(context), health_routes(context)})
    all.insert(all.end(), group.begin(), group.end());
  return all;
}

/// The caller's id if it is usable, else a fresh one.
[[nodiscard]] std::string request_id_of(const request& from, const clock_port& clock) {
  const auto given = from.header("X-Request-Id");
  return is_printable(given, request_id_bytes_max) ? std::string{given} : to_string(fresh_id(clock));
}

} // namespace

api::api(const api_context& context) : context_(context), routes_(all_routes(context)) {}

void api::handle(const request& from, responder reply) const {
  auto request_id = request_id_of(from, context_.clock);
  auto matched = routes_.match(from.method, from.path);
  if (auto* found = std::get_if<route_match>(&matched)) {
    found->found->handle(call{from, std::move(found->parameters), std::move(request_id)}, std::move(reply));
  } else if (const auto* allowed = std::get_if<allowed_methods>(&matched)) {
    response answer;
    answer.status = 204;
    answer.headers = {{"Allow", allowed->list}, {"X-Request-Id", std::move(request_id)}};
    reply.send(std::move(answer));
  } else {
    send_problem(std::move(reply), std::get<problem>(matched), request_id);
  }
}

} // namespace orderd::http
