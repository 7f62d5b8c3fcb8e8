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

/// The command to the order in the path, under the version that the client asks for.
template <class Command>
[[nodiscard]] checked<order_request> changed_by(const call& c, checked<Command> command) {
  auto asked = request_about(c);
  if (!asked)
    return asked;
  const auto version = read_if_match(c.in);
  if (!version)
    return tl::unexpected(version.error());
  if (!command)
    return tl::unexpected(std::move(command).error());
  asked->if_match = *version;
  asked->what = *std::move(command);
  return asked;
}

[[nodiscard]] checked<change_order> change_in(const call& c, change_form form) {
  const auto body = read_json_body(c.in);
  if (!body)
    return tl::unexpected(body.error());
  auto read = read_order_change(*body, form);
  if (!read)
    return tl::unexpected(std::move(read).error());
  return to_change(c, *std::move(read));
}

[[nodiscard]] checked<change_order> transition_in(const call& c, order_status target) {
  const auto body = read_optional_json_body(c.in);
  if (!body)
    return tl::unexpected(body.error());
  checked<order_change_body> read;
  if (*body)
    read = read_transition(**body);
  if (!read)
    return tl::unexpected(std::move(read).error());
  read->status = target;
  return to_change(c, *std::move(read));
}

void create(call& c) { c.submit(read_creation(c), reply_frame::creation()); }

void get(call& c) { c.submit(request_about(c), reply_frame::read_by(c.in)); }

void put(call& c) { c.submit(changed_by(c, change_in(c, change_form::whole))); }
void patch(call& c) { c.submit(changed_by(c, change_in(c, change_form::merge))); }

void place(call& c) { c.submit(changed_by(c, transition_in(c, order_status::registered))); }
void accept(call& c) { c.submit(changed_by(c, transition_in(c, order_status::accepted))); }
void complete(call& c) { c.submit(changed_by(c, transition_in(c, order_status::completed))); }
void cancel(call& c) { c.submit(changed_by(c, transition_in(c, order_status::cancelled))); }
void retry(call& c) { c.submit(changed_by(c, read_empty_object<retry_order>(c.in))); }

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
