#include "persistence/sqlite_events.hpp"

#include "persistence/event_codec.hpp"
#include "persistence/outbox_reads.hpp"
#include "persistence/signed_number.hpp"
#include "persistence/sqlite_chain.hpp"
#include "persistence/sqlite_history_queries.hpp"
#include "persistence/sqlite_queries.hpp"
#include "persistence/sqlite_rows.hpp"

#include <algorithm>
#include <utility>

namespace orderd {
namespace {

/// Events of one page of the history: a few MiB at worst, an event having a hundred lines at most.
constexpr std::int64_t history_page = 256;

std::vector<event> without_places(std::vector<sequenced_event> events) {
  std::vector<event> bare;
  bare.reserve(events.size());
  for (sequenced_event& each : events) {
    bare.push_back(std::move(each.event));
  }
  return bare;
}

/// The events as those of the one kind that the query asks for.
template <class Event> result<std::vector<Event>> events_of(std::vector<sequenced_event> read) {
  std::vector<Event> events;
  events.reserve(read.size());
  for (sequenced_event& each : read) {
    auto* typed = std::get_if<Event>(&each.event);
    if (typed == nullptr)
      return fail(error_code::damaged, "event " + std::to_string(each.seq) + " is " +
                                           std::string(name_of(each.event)) + " in a history without it");
    events.push_back(std::move(*typed));
  }
  return events;
}

template <class Key> aside_pages pages_of(sqlite_statement& page, const Key& entity) {
  return [&page, entity, behind = std::int64_t{0}]() mutable -> result<std::vector<event>> {
    auto events = read_events(page.bind(entity, behind, static_cast<std::int64_t>(aside_page_events)));
    if (!events) {
      return tl::unexpected(events.error());
    }
    behind = events->empty() ? behind : signed_number(events->back().seq);
    return without_places(std::move(*events));
  };
}

} // namespace

result<sequenced_event> read_event(const sqlite_statement& row) {
  const auto seq = static_cast<std::uint64_t>(row.integer(0));
  auto decoded = decode_event(static_cast<std::uint16_t>(row.integer(1)), row.text(2));
  if (!decoded)
    return fail(decoded.error().code, "event " + std::to_string(seq) + ": " + decoded.error().detail);
  return sequenced_event{seq, std::move(*decoded), 0, {}, read_link(row, 3)};
}

result<std::vector<sequenced_event>> read_events(sqlite_statement& bound) {
  std::vector<sequenced_event> events;
  result<void> decoded;
  auto read = bound.each([&](const sqlite_statement& row) {
    auto e = read_event(row);
    if (e)
      events.push_back(std::move(*e));
    else
      decoded = tl::unexpected(e.error());
  });
  if (!read || !decoded) {
    return tl::unexpected(!read ? read.error() : decoded.error());
  }
  return events;
}

result<void> sqlite_events::prepare(sqlite_connection& connection) {
  namespace sql = sqlite_queries;
  const std::pair<sqlite_statement*, std::string_view> statements[] = {
      {&timeline_, sql::timeline},
      {&account_entries_, sql::account_entries},
      {&history_, sql::history},
      {&aside_of_order_, sql::aside_of_order},
      {&aside_of_stock_, sql::aside_of_stock},
      {&aside_of_account_, sql::aside_of_account},
      {&aside_of_reservation_, sql::aside_of_reservation},
      {&aside_skus_, sql::aside_skus},
      {&outbox_, sql::outbox},
      {&first_event_, sql::first_event},
      {&last_seq_, sql::last_seq},
      {&sink_positions_, sql::sink_positions},
      {&dropped_to_, sql::dropped_to},
      {&checkpoint_, sql::checkpoint},
      {&stock_events_, sql::stock_events},
  };
  return connection.prepare_all(statements);
}

result<std::vector<order_event>> sqlite_events::timeline(const uuid& id, std::uint64_t after_version,
                                                         std::size_t limit) {
  return read_events(timeline_.bind(id, signed_number(after_version), signed_number(limit)))
      .and_then(events_of<order_event>);
}

result<account_entries_page> sqlite_events::account_entries(const account_entries_query& query) {
  const std::string_view id = query.account_id;
  const std::uint64_t before = query.before_version.value_or(UINT64_MAX);
  // One more than wanted tells whether there are more.
  auto entries = read_events(account_entries_.bind(id, signed_number(before), signed_number(query.limit + 1)))
                     .and_then(events_of<account_event>);
  if (!entries)
    return tl::unexpected(entries.error());
  account_entries_page page{std::move(*entries)};
  page.more = page.items.size() > query.limit;
  page.items.resize(std::min(page.items.size(), query.limit));
  return page;
}

result<void> sqlite_events::history(std::uint64_t from_seq,
                                    const std::function<result<void>(const sequenced_event&)>& visit) {
  for (std::int64_t from = signed_number(from_seq);;) {
    const auto page = read_events(history_.bind(from, history_page));
    if (!page) {
      return tl::unexpected(page.error());
    }
    for (const sequenced_event& each : *page) {
      if (auto visited = visit(each); !visited) {
        return visited;
      }
    }
    if (page->size() < static_cast<std::size_t>(history_page)) {
      return {};
    }
    from = signed_number(page->back().seq) + 1;
  }
}

// ---- the outbox ----

result<std::uint64_t> sqlite_events::last_seq() {
  std::optional<std::int64_t> seq;
  auto read = last_seq_.bind().each([&](const sqlite_statement& row) { seq = row.integer(0); });
  if (!read) {
    return tl::unexpected(read.error());
  }
  return seq ? result<std::uint64_t>(static_cast<std::uint64_t>(*seq))
             : fail(error_code::damaged, "the database has lost the row of its table node");
}

result<event_page> sqlite_events::events_after(std::uint64_t seq, std::size_t limit) {
  const auto last = last_seq();
  if (!last) {
    return tl::unexpected(last.error());
  }
  return read_outbox(seq, *last, limit, [this](const event_range& range, std::size_t rows) {
    return read_events(
        outbox_.bind(signed_number(range.first), signed_number(range.last), signed_number(rows)));
  });
}

result<std::optional<std::uint64_t>> sqlite_events::first_event_since(timestamp at) {
  const auto last = last_seq();
  if (!last) {
    return tl::unexpected(last.error());
  }
  return search_by_time(*last, at, [this](const event_range& range) -> result<std::optional<placed_time>> {
    std::optional<placed_time> first;
    auto read = first_event_.bind(signed_number(range.first), signed_number(range.last))
                    .each([&](const sqlite_statement& row) {
                      first = {static_cast<std::uint64_t>(row.integer(0)), row.time(1)};
                    });
    return read ? result<std::optional<placed_time>>(first) : tl::unexpected(read.error());
  });
}

result<std::vector<sink_position>> sqlite_events::sink_positions() {
  std::vector<sink_position> found;
  auto read = sink_positions_.bind().each([&](const sqlite_statement& row) {
    found.push_back({std::string(row.text(0)), static_cast<std::uint64_t>(row.integer(1)),
                     row.integer(2) != 0, std::string(row.text(3))});
  });
  return read ? result<std::vector<sink_position>>(std::move(found)) : tl::unexpected(read.error());
}

// ---- what was dropped, and what is left of it ----

result<std::uint64_t> sqlite_events::dropped_to() {
  std::uint64_t dropped = 0;
  auto read = dropped_to_.bind().each(
      [&](const sqlite_statement& row) { dropped = static_cast<std::uint64_t>(row.integer(0)); });
  return read ? result<std::uint64_t>(dropped) : tl::unexpected(read.error());
}

result<std::optional<history_checkpoint>> sqlite_events::checkpoint(const entity_key& of) {
  result<std::optional<history_checkpoint>> found;
  auto read = bind_entity(checkpoint_, of).each([&](const sqlite_statement& row) {
    found = checkpoint_of(of.kind, row);
  });
  return read ? found : tl::unexpected(read.error());
}

result<std::vector<sequenced_event>>
sqlite_events::stock_events(const std::string& sku, std::uint64_t after_version, std::size_t limit) {
  return read_events(
      stock_events_.bind(std::string_view(sku), signed_number(after_version), signed_number(limit)));
}

// ---- what is aside ----

aside_pages sqlite_events::aside_of(const uuid& order) { return pages_of(aside_of_order_, order); }

aside_pages sqlite_events::aside_of(const std::string& sku) {
  return pages_of(aside_of_stock_, std::string_view(sku));
}

aside_pages sqlite_events::aside_of_account(const std::string& id) {
  return pages_of(aside_of_account_, std::string_view(id));
}

result<std::vector<event>> sqlite_events::aside_of(const std::string& sku, const uuid& reservation) {
  return read_events(aside_of_reservation_.bind(std::string_view(sku), reservation)).map(without_places);
}

result<std::vector<std::string>> sqlite_events::aside_skus() {
  std::vector<std::string> skus;
  auto read = aside_skus_.bind().each([&](const sqlite_statement& row) { skus.emplace_back(row.text(0)); });
  return read ? result<std::vector<std::string>>(std::move(skus)) : tl::unexpected(read.error());
}

} // namespace orderd
