#include "http/order_routes.hpp"

#include "http/call.hpp"
#include "http/conditions.hpp"
#include "http/metadata.hpp"
#include "http/order_bodies.hpp"
#include "http/order_creation.hpp"
#include "http/order_lists.hpp"

#include <utility>

namespace orderd::http {
namespace {

/// A placed draft waits for the processor only if that is how this process places orders.
[[nodiscard]] bool places_at_once(const call& c) noexcept {
  return c.api.placement != placement_mode::deferred;
}

[[nodiscard]] checked<order_request> request_about(const call& c) {
  const auto id = path_id(c, 0);
  if (!id)
    return tl::unexpected(id.error());
  order_request asked;
  asked.id = *id;
  asked.who = c.who;
  return asked;
}

[[nodiscard]] change_order to_change(const call& c, order_change_body&& body) {
  change_order change;
  if (body.status) {
    change.status.emplace();
    change.status->target = *body.status;
    change.status->runner_id = std::move(body.runner_id);
    change.status->reason = std::move(body.reason);
    change.status->immediate = places_at_once(c);
  }
  if (body.metadata)
    change.merge = merge_with(*std::move(body.metadata));
  return change;
}

[[nodiscard]] checked<order_request> changed_by(const call& c, checked<order_change_body> body) {
  auto asked = request_about(c);
  if (!asked)
    return asked;
  const auto version = read_if_match(c.in);
  if (!version)
    return tl::unexpected(version.error());
  if (!body)
    return tl::unexpected(std::move(body).error());
  asked->if_match = *version;
  asked->what = to_change(c, *std::move(body));
  return asked;
}

[[nodiscard]] checked<order_change_body> change_in(const request& in, change_form form) {
  const auto body = read_json_body(in);
  if (!body)
    return tl::unexpected(body.error());
  return read_order_change(*body, form);
}

[[nodiscard]] checked<order_change_body> transition_in(const request& in, order_status target) {
  const auto body = read_optional_json_body(in);
  if (!body)
    return tl::unexpected(body.error());
  checked<order_change_body> read;
  if (*body)
    read = read_transition(**body);
  if (read)
    read->status = target;
  return read;
}

void create(call& c) { c.submit(read_creation(c), reply_frame::creation()); }

void get(call& c) { c.submit(request_about(c), reply_frame::read_by(c.in)); }

void put(call& c) { c.submit(changed_by(c, change_in(c.in, change_form::whole))); }
void patch(call& c) { c.submit(changed_by(c, change_in(c.in, change_form::merge))); }

void place(call& c) { c.submit(changed_by(c, transition_in(c.in, order_status::registered))); }
void accept(call& c) { c.submit(changed_by(c, transition_in(c.in, order_status::accepted))); }
void complete(call& c) { c.submit(changed_by(c, transition_in(c.in, order_status::completed))); }
void retry(call& c) {
  auto asked = request_about(c);
  if (const auto version = read_if_match(c.in); asked && version)
    asked->if_match = *version;
  else if (asked)
    asked = tl::unexpected(version.error());
  if (asked)
    asked->what = retry_order{};
  c.submit(std::move(asked));
}
void cancel(call& c) { c.submit(changed_by(c, transition_in(c.in, order_status::cancelled))); }

} // namespace

void add_order_routes(std::vector<route>& table) {
  table.insert(table.end(), {
                                {method::post, "/orders", create},
                                {method::get, "/orders", list_orders},
                                {method::get, "/orders/me", list_own_orders},
                                {method::get, "/orders/status/{status}", list_orders_with_status},
                                {method::get, "/orders/{id}", get},
                                {method::put, "/orders/{id}", put},
                                {method::patch, "/orders/{id}", patch},
                                {method::patch, "/orders/{id}/status", put},
                                {method::get, "/orders/{id}/events", show_timeline},
                                {method::post, "/orders/{id}/place", place},
                                {method::post, "/orders/{id}/accept", accept},
                                {method::post, "/orders/{id}/complete", complete},
                                {method::post, "/orders/{id}/cancel", cancel},
                                {method::post, "/orders/{id}/retry", retry},
                            });
}

} // namespace orderd::http
