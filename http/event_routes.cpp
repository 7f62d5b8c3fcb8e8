#include "http/event_routes.hpp"

#include "actors/event_stream.hpp"
#include "config/limits.hpp"
#include "config/utf8.hpp"
#include "domain/assert.hpp"
#include "domain/public_events.hpp"
#include "http/call.hpp"
#include "http/caller_rates.hpp"
#include "http/cursor.hpp"
#include "http/order_lists.hpp"
#include "http/stream_listener.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

namespace orderd::http {
namespace {

/// What every stream begins with: how soon a client that was cut comes back.
constexpr std::string_view stream_begin = "retry: 2000\n: events of orders and stock\n\n";
/// A client that catches up gets the next part when no more than this is left of the last. Less than half of
/// the least that ORDERD_EVENT_CLIENT_BYTES_MAX can be, which is where the feed of events pauses.
constexpr std::size_t low_water_bytes = 1024;

[[nodiscard]] std::string quoted(std::string_view text) {
  return '"' + std::string(cut_utf8(text, 80)) + '"';
}

[[nodiscard]] bool is_event_type(std::string_view word) noexcept {
  for (std::size_t i = 0; i < public_event_types; ++i)
    if (word == to_text(static_cast<public_event_type>(i)))
      return true;
  return false;
}

// ---- what is asked for ----

[[nodiscard]] std::optional<problem> set_types(event_filter& filter, const query_parameters& query) {
  const auto given = query.find("type");
  for (auto left = given; left;) {
    const auto comma = left->find(',');
    const auto word = left->substr(0, comma);
    if (!is_event_type(word))
      return bad_parameter("type names " + quoted(word) + ", and there are no such events", "type");
    if (std::find(filter.types.begin(), filter.types.end(), word) == filter.types.end())
      filter.types.emplace_back(word);
    left = comma == std::string_view::npos ? std::nullopt : std::optional(left->substr(comma + 1));
  }
  return std::nullopt;
}

/// The event's subject: an order's id or a SKU, whichever name it is asked for by.
[[nodiscard]] std::optional<problem> set_subject(event_filter& filter, const query_parameters& query) {
  for (const std::string name : {"subject", "order_id", "sku"}) {
    const auto given = query.find(name);
    if (!given)
      continue;
    if (!filter.subject.empty())
      return bad_parameter(name + " is given beside another of subject, order_id and sku: an event has one",
                           name);
    if (name == "order_id" && !parse_uuid(*given))
      return bad_parameter("order_id is " + quoted(*given) + " and must be a UUID", name);
    if (!is_printable(*given, limits::sku_bytes_max))
      return bad_parameter(name + " is " + quoted(*given) + " and must have 1 to " +
                               std::to_string(limits::sku_bytes_max) + " bytes without control characters",
                           name);
    filter.subject = name == "sku" ? std::string(*given) : canonical_name(*given);
  }
  return std::nullopt;
}

/// Whoever is no operator is told of own orders only, whatever is asked.
[[nodiscard]] std::optional<problem> set_customer(event_filter& filter, const query_parameters& query,
                                                  const caller& who) {
  const auto given = query.find("customer_id");
  if (given && !is_printable(*given, limits::user_bytes_max))
    return bad_parameter("customer_id is " + quoted(*given) + " and must be a name of 1 to 64 bytes",
                         "customer_id");
  if (given)
    filter.customer_id = canonical_name(*given);
  if (who.is_operator)
    return std::nullopt;
  if (given && filter.customer_id != who.user)
    return forbidden("you may not follow the orders of customer " + *filter.customer_id);
  filter.customer_id = who.user;
  return std::nullopt;
}

[[nodiscard]] checked<event_filter> read_filter(const call& c, const query_parameters& query) {
  event_filter filter;
  for (auto refused :
       {set_types(filter, query), set_subject(filter, query), set_customer(filter, query, c.who)}) {
    if (refused)
      return tl::unexpected(*std::move(refused));
  }
  ORDERD_ASSERT(c.who.is_operator || filter.customer_id == c.who.user);
  return filter;
}

[[nodiscard]] checked<std::optional<event_position>> read_event_id(std::string_view text,
                                                                   const std::string& name) {
  if (const auto at = parse_event_position(text))
    return at;
  return tl::unexpected(
      bad_parameter(name + " is " + quoted(text) + " and must be the id of an event, like 12.0", name));
}

/// Behind what to begin; nothing if the client does not say. A client that comes back sends its header beside
/// the query of its first request, so the header counts. An empty id is what clients have that saw none yet.
[[nodiscard]] checked<std::optional<event_position>> read_begin(const call& c,
                                                                const query_parameters& query) {
  if (const auto header = c.in.header("Last-Event-ID"); !header.empty())
    return read_event_id(header, "Last-Event-ID");
  if (const auto given = query.find("last_event_id"); given && !given->empty())
    return read_event_id(*given, "last_event_id");
  const auto given = query.find("since");
  if (!given)
    return std::nullopt;
  std::uint64_t first = 0;
  const auto* const end = given->data() + given->size();
  const auto read = std::from_chars(given->data(), end, first);
  if (read.ec != std::errc() || read.ptr != end)
    return tl::unexpected(bad_parameter("since is " + quoted(*given) +
                                            " and must be the number of an event of the history, 0 or more",
                                        "since"));
  if (first <= 1)
    return event_position{};
  return event_position{first - 1, std::numeric_limits<std::uint32_t>::max()};
}

/// Whether the client names JSON and no stream among what it accepts.
[[nodiscard]] bool wants_page(const request& in) {
  bool page = false;
  for (const auto& [name, value] : in.headers) {
    if (!same_field(name, "Accept"))
      continue;
    std::string accepted(value);
    std::transform(accepted.begin(), accepted.end(), accepted.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (accepted.find("text/event-stream") != std::string::npos)
      return false;
    page |= accepted.find("application/json") != std::string::npos;
  }
  return page;
}

// ---- a stream ----

[[nodiscard]] response head_of(const call& c) {
  response head;
  head.content_type = "text/event-stream";
  head.headers.emplace_back("Cache-Control", "no-store");
  head.headers.emplace_back("Vary", "Accept");
  // Proxies of nginx's kind would keep events back until a buffer is full.
  head.headers.emplace_back("X-Accel-Buffering", "no");
  head.headers.emplace_back("X-Request-Id", c.request_id);
  append_rate(head, c.rate);
  head.body = stream_begin;
  return head;
}

void begin_stream(call& c, event_filter filter, std::optional<event_position> after) {
  if (c.in.method == method::head) {
    static_cast<void>(c.out.stream(head_of(c), {}));
    return;
  }
  event_subscription wanted{std::move(filter), after, [&c](listener_signal signal) {
                              return std::make_unique<stream_listener>(c.out, head_of(c), low_water_bytes,
                                                                       std::move(signal));
                            }};
  if (!c.api.core.subscribe(std::move(wanted)))
    c.refuse({503, "overloaded", "there are as many streams of events as may be; try again", {}, {}, {}});
}

// ---- a page ----

void show_page(call& c, const query_parameters& query, event_filter filter,
               std::optional<event_position> after) {
  const auto asked = read_paging(query);
  if (!asked)
    return c.refuse(asked.error());
  if (asked->page)
    return c.refuse(bad_parameter("the history of events is paged by cursor", "page"));
  event_history_query wanted{std::move(filter), after.value_or(event_position{}), asked->limit,
                             c.who.is_operator ? history_events_looked_at_max
                                               : history_events_looked_at_max_of_customers};
  if (asked->cursor) {
    const auto at = decode_event_cursor(*asked->cursor);
    if (!at)
      return c.refuse(bad_cursor(*asked->cursor));
    wanted.after = *at;
  }
  c.submit(checked<list_request>(list_request{std::move(wanted), {}}), frame_of_list(c, *asked));
}

void show_events(call& c) {
  const auto query = query_parameters::parse(c.in.query);
  if (!query)
    return c.refuse(query.error());
  auto filter = read_filter(c, *query);
  if (!filter)
    return c.refuse(filter.error());
  const auto after = read_begin(c, *query);
  if (!after)
    return c.refuse(after.error());
  if (wants_page(c.in))
    return show_page(c, *query, *std::move(filter), *after);
  begin_stream(c, *std::move(filter), *after);
}

} // namespace

void add_event_routes(std::vector<route>& table) { table.push_back({method::get, "/events", show_events}); }

} // namespace orderd::http
