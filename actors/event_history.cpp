#include "actors/event_history.hpp"

#include "persistence/event_renderer.hpp"

#include <algorithm>
#include <utility>

namespace orderd {

namespace {

constexpr std::size_t read_at_once = 200;

/// Whether the event may be told of under the filter's subject. Most are not, and need not be rendered.
[[nodiscard]] bool may_concern(const event_filter& filter, const event& e) {
  if (filter.subject.empty())
    return true;
  if (const auto* of_order = std::get_if<order_event>(&e))
    return to_string(of_order->order_id) == filter.subject;
  const auto* of_stock = std::get_if<stock_event>(&e);
  return of_stock != nullptr && of_stock->sku == filter.subject;
}

/// Adds what is told of one event. False once the page is full; it goes on behind `looked_to`.
[[nodiscard]] bool add(event_history_page& page, const std::vector<cloud_event>& told,
                       const event_history_query& query, const std::string& source) {
  for (const auto& each : told) {
    page.looked_to = std::max(page.looked_to, each.position);
    if (each.position <= query.after || !query.filter.lets_through(each))
      continue;
    page.items.push_back(structured(each, source));
    if (page.items.size() >= query.limit)
      return false;
  }
  return true;
}

} // namespace

result<event_history_page> read_event_history(store_reader& reader, const event_history_query& query,
                                              const std::string& source) {
  event_renderer renderer(reader, query.looked_at_max);
  event_history_page page;
  page.looked_to = query.after;
  // The event that was told of last may tell of more than that.
  std::uint64_t read_to = query.after.seq == 0 ? 0 : query.after.seq - 1;
  for (std::size_t looked_at = 0; looked_at < query.looked_at_max;) {
    const auto wanted = std::min(read_at_once, query.looked_at_max - looked_at);
    const auto found = reader.events_after(read_to, wanted);
    if (!found)
      return tl::unexpected{found.error()};
    for (const auto& each : found->events) {
      if (may_concern(query.filter, each.event)) {
        const auto told = renderer.render(each);
        if (!told)
          return tl::unexpected{told.error()};
        if (!add(page, *told, query, source)) {
          page.more = true;
          return page;
        }
      }
      page.looked_to = std::max(page.looked_to, {each.seq, 0});
    }
    looked_at += found->events.size();
    read_to = found->last_seq;
    page.looked_to = std::max(page.looked_to, {read_to, 0});
    if (found->events.size() < wanted)
      return page;
  }
  page.more = true;
  return page;
}

} // namespace orderd
