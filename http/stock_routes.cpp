#include "http/stock_routes.hpp"

#include "config/id_source.hpp"
#include "http/call.hpp"
#include "http/conditions.hpp"
#include "http/cursor.hpp"
#include "http/order_lists.hpp"
#include "http/stock_bodies.hpp"

#include <utility>

namespace orderd::http {
namespace {

[[nodiscard]] std::optional<problem> only_operators(const call& c) {
  if (c.who.is_operator)
    return std::nullopt;
  return forbidden("only operators change stock, and " + c.who.user + " is none");
}

[[nodiscard]] checked<stock_request> request_about(const call& c) {
  auto sku = path_sku(c);
  if (!sku)
    return tl::unexpected(std::move(sku).error());
  stock_request asked;
  asked.sku = *std::move(sku);
  asked.who = c.who;
  return asked;
}

/// A change of the item in the path, under the version that the client asks for.
[[nodiscard]] checked<stock_request> change_of(const call& c) {
  auto asked = request_about(c);
  if (!asked)
    return asked;
  const auto version = read_if_match(c.in);
  if (!version)
    return tl::unexpected(version.error());
  asked->if_match = *version;
  return asked;
}

/// The change that `read` makes of the JSON body.
template <class Read> [[nodiscard]] checked<stock_request> change_with(const call& c, Read read) {
  auto asked = change_of(c);
  if (!asked)
    return asked;
  const auto json = read_json_body(c.in);
  if (!json)
    return tl::unexpected(json.error());
  auto body = read(*json);
  if (!body)
    return tl::unexpected(std::move(body).error());
  asked->what = *std::move(body);
  return asked;
}

/// The request, about the reservation in the path.
template <class About>
[[nodiscard]] checked<stock_request> about_reservation(const call& c, checked<stock_request> asked) {
  if (!asked)
    return asked;
  const auto id = path_id(c, 1);
  if (!id)
    return tl::unexpected(id.error());
  asked->what = About{*id};
  return asked;
}

void list(call& c) {
  const auto query = query_parameters::parse(c.in.query);
  if (!query)
    return c.refuse(query.error());
  const auto asked = read_paging(*query);
  if (!asked)
    return c.refuse(asked.error());
  stock_query wanted;
  wanted.limit = asked->limit;
  wanted.page = asked->page;
  if (asked->cursor) {
    wanted.after = decode_stock_cursor(*asked->cursor);
    if (!wanted.after)
      return c.refuse(bad_cursor(*asked->cursor));
  }
  c.submit(checked<list_request>(list_request{std::move(wanted), {}}), frame_of_list(c, *asked));
}

void get(call& c) { c.submit(request_about(c), reply_frame::read_by(c.in)); }

/// Whatever If-Match names, an item that does not exist is no match, and defining must not create it.
[[nodiscard]] checked<stock_request> unless_missing(const call& c, checked<stock_request> asked) {
  if (!asked || c.in.header("If-Match").data() == nullptr || c.api.core.catalogue().contains(asked->sku))
    return asked;
  return tl::unexpected(to_problem({rejection_code::version_mismatch,
                                    "there is no stock item " + asked->sku + " that If-Match could name",
                                    {},
                                    {},
                                    {}}));
}

void define(call& c) {
  if (const auto refused = only_operators(c))
    return c.refuse(*refused);
  c.submit(unless_missing(c, change_with(c, read_define_stock)));
}

void adjust(call& c) {
  if (const auto refused = only_operators(c))
    return c.refuse(*refused);
  c.submit(change_with(c, read_adjustment));
}

/// A customer reserves in the own name, whatever holder the body names.
[[nodiscard]] std::string holder_for(const call& c, std::string given) {
  if (c.who.is_operator && !given.empty())
    return given;
  return c.who.user.empty() ? "operator" : c.who.user;
}

void reserve(call& c) {
  const auto read = [&](json_value json) -> checked<make_reservation> {
    auto body = read_new_reservation(json);
    if (!body)
      return tl::unexpected(std::move(body).error());
    return make_reservation{fresh_id(c.api.clock), body->qty, body->ttl,
                            holder_for(c, std::move(body->holder))};
  };
  c.submit(change_with(c, read), reply_frame::creation());
}

void get_one_reservation(call& c) { c.submit(about_reservation<get_reservation>(c, request_about(c))); }

void extend(call& c) {
  const auto id = path_id(c, 1);
  if (!id)
    return c.refuse(id.error());
  const auto read = [&](json_value json) -> checked<renew_reservation> {
    const auto ttl = read_extension(json);
    if (!ttl)
      return tl::unexpected(ttl.error());
    return renew_reservation{*id, *ttl};
  };
  c.submit(change_with(c, read));
}

void release(call& c) { c.submit(about_reservation<release_reservation>(c, change_of(c))); }

void commit(call& c) { c.submit(about_reservation<commit_reservation>(c, change_of(c))); }

} // namespace

void add_stock_routes(std::vector<route>& table) {
  table.insert(table.end(), {
                                {method::get, "/stock", list},
                                {method::put, "/stock/{sku}", define},
                                {method::get, "/stock/{sku}", get},
                                {method::post, "/stock/{sku}/adjustments", adjust},
                                {method::post, "/stock/{sku}/reservations", reserve},
                                {method::get, "/stock/{sku}/reservations/{id}", get_one_reservation},
                                {method::patch, "/stock/{sku}/reservations/{id}", extend},
                                {method::delete_, "/stock/{sku}/reservations/{id}", release},
                                {method::post, "/stock/{sku}/reservations/{id}/commit", commit},
                            });
}

} // namespace orderd::http
