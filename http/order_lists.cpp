#include "http/order_lists.hpp"

#include "config/limits.hpp"
#include "config/utf8.hpp"
#include "http/order_bodies.hpp"

#include <algorithm>
#include <utility>

namespace orderd::http {
namespace {

/// A list as it was asked for: the query of the store and the frame of the answer.
struct order_list {
  order_query query;
  paging pages;
};

[[nodiscard]] checked<std::optional<timestamp>> read_time(const query_parameters& query,
                                                          std::string_view name) {
  const auto given = query.find(name);
  if (!given)
    return std::nullopt;
  // The plus sign of an offset reads as a space where the client did not escape it.
  std::string text(*given);
  std::replace(text.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(text.size(), 11)), text.end(),
               ' ', '+');
  if (const auto at = parse_rfc3339(text))
    return at;
  return tl::unexpected(bad_parameter(std::string(name) + " is \"" + std::string(cut_utf8(text, 80)) +
                                          "\" and must be a time like 2026-01-31T23:59:59Z",
                                      std::string(name)));
}

[[nodiscard]] std::optional<problem> set_position(order_list& list) {
  list.query.limit = list.pages.limit;
  list.query.page = list.pages.page;
  if (!list.pages.cursor)
    return std::nullopt;
  const auto last = decode_order_cursor(*list.pages.cursor);
  if (!last)
    return bad_cursor(*list.pages.cursor);
  list.query.after = last->id;
  list.query.after_created_at = last->created_at;
  return std::nullopt;
}

[[nodiscard]] std::optional<problem> set_times(order_list& list, const query_parameters& query) {
  const auto after = read_time(query, "created_after");
  if (!after)
    return after.error();
  const auto before = read_time(query, "created_before");
  if (!before)
    return before.error();
  list.query.created_after = *after;
  list.query.created_before = *before;
  return std::nullopt;
}

[[nodiscard]] std::optional<problem> set_stuck(order_list& list, const query_parameters& query) {
  const auto given = query.find("stuck");
  if (given && *given != "true" && *given != "false")
    return bad_parameter("stuck is \"" + std::string(cut_utf8(*given, 80)) + "\" and must be true or false",
                         "stuck");
  list.query.stuck = given && *given == "true";
  return std::nullopt;
}

/// A customer sees own orders only, whatever is asked.
[[nodiscard]] std::optional<problem> set_customer(order_list& list, const query_parameters& query,
                                                  const caller& who) {
  const auto given = query.find("customer_id");
  if (given && !is_printable(*given, limits::user_bytes_max))
    return bad_parameter("customer_id is not a name of 1 to 64 bytes", "customer_id");
  if (given)
    list.query.customer_id = canonical_name(*given);
  if (who.is_operator)
    return std::nullopt;
  if (given && *list.query.customer_id != who.user)
    return forbidden("you may not list the orders of customer " + *list.query.customer_id);
  list.query.customer_id = who.user;
  return std::nullopt;
}

[[nodiscard]] checked<order_list> read_list(const call& c) {
  const auto query = query_parameters::parse(c.in.query);
  if (!query)
    return tl::unexpected(query.error());
  auto pages = read_paging(*query);
  if (!pages)
    return tl::unexpected(std::move(pages).error());
  order_list list{{}, *std::move(pages)};
  if (const auto word = query->find("status")) {
    const auto status = read_status(*word);
    if (!status)
      return tl::unexpected(status.error());
    list.query.status = *status;
  }
  for (auto refused : {set_position(list), set_times(list, *query), set_stuck(list, *query),
                       set_customer(list, *query, c.who)}) {
    if (refused)
      return tl::unexpected(*std::move(refused));
  }
  return list;
}

void submit(call& c, checked<order_list> list) {
  if (!list) {
    c.refuse(list.error());
    return;
  }
  auto frame = frame_of_list(c, list->pages);
  c.submit(checked<list_request>(list_request{std::move(list->query), {}}), std::move(frame));
}

} // namespace

reply_frame frame_of_list(const call& c, const paging& asked) {
  reply_frame frame;
  frame.list.path = c.in.path;
  frame.list.filters = without_position(c.in.query);
  frame.list.limit = asked.limit;
  frame.list.page = asked.page;
  return frame;
}

void list_orders(call& c) { submit(c, read_list(c)); }

void list_own_orders(call& c) {
  if (c.who.user.empty()) {
    c.refuse({401, "missing_user", "your own orders need an identity (X-User)", {}, {}, {}});
    return;
  }
  auto list = read_list(c);
  if (list)
    list->query.customer_id = c.who.user;
  submit(c, std::move(list));
}

void list_orders_with_status(call& c) {
  const auto word = percent_decode(c.parameters.values[0]);
  const auto status = read_status(word ? std::string_view(*word) : c.parameters.values[0]);
  if (!status) {
    c.refuse(status.error());
    return;
  }
  auto list = read_list(c);
  if (list)
    list->query.status = *status;
  submit(c, std::move(list));
}

void show_timeline(call& c) {
  const auto id = path_id(c, 0);
  if (!id)
    return c.refuse(id.error());
  const auto query = query_parameters::parse(c.in.query);
  if (!query)
    return c.refuse(query.error());
  const auto asked = read_paging(*query);
  if (!asked)
    return c.refuse(asked.error());
  if (asked->page)
    return c.refuse(bad_parameter("a timeline is paged by cursor", "page"));
  timeline_query wanted{*id, c.who, 0, asked->limit};
  if (asked->cursor) {
    const auto after = decode_timeline_cursor(*asked->cursor);
    if (!after)
      return c.refuse(bad_cursor(*asked->cursor));
    wanted.after_version = *after;
  }
  c.submit(checked<list_request>(list_request{std::move(wanted), {}}), frame_of_list(c, *asked));
}

} // namespace orderd::http
