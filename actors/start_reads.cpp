#include "actors/start_reads.hpp"

#include "domain/assert.hpp"

#include <optional>

namespace orderd {

result<std::vector<request_index>> read_remembered_requests(store_reader& reader,
                                                            const engine_options& options, timestamp now) {
  request_index empty{options.idempotency_keys_max / options.shards + 1};
  empty.hold_until(now + request_memory_after_start);
  std::vector<request_index> parts(options.shards, empty);
  const auto listed = reader.each_request([&](const remembered_key& request) {
    parts[std::hash<uuid>{}(request.key) % parts.size()].remember(request);
  });
  if (!listed)
    return tl::unexpected{listed.error()};
  return parts;
}

result<std::int64_t> count_stuck(store_reader& reader) {
  order_query query;
  query.stuck = true;
  query.limit = 1;
  query.page = 1;
  const auto listed = reader.list_orders(query);
  if (!listed)
    return tl::unexpected{listed.error()};
  return static_cast<std::int64_t>(listed->total.value_or(0));
}

result<void> count_sagas(store_reader& reader, engine_measures& measures) {
  constexpr std::size_t page_orders = 1'000;
  std::optional<uuid> after;
  for (;;) {
    const auto page = reader.unfinished(after, page_orders);
    if (!page)
      return tl::unexpected{page.error()};
    for (const auto& each : *page) {
      auto step = each.step;
      if (!each.registered && step == saga_step::none) {
        // Its row does not show what the events aside make of it.
        const auto found = reader.load_order(each.id);
        if (!found)
          return tl::unexpected{found.error()};
        step = *found ? (*found)->step : saga_step::none;
      }
      measures.sagas[static_cast<std::size_t>(step)].fetch_add(1, std::memory_order_relaxed);
    }
    if (page->size() < page_orders)
      return {};
    after = page->back().id;
  }
}

result<std::vector<std::string>> read_catalogue(store_reader& reader, catalogue_index& catalogue,
                                                bool wakes_items) {
  std::vector<std::string> cold;
  const auto listed = reader.each_product([&](const product& p) {
    ORDERD_ASSERT(catalogue.put(p));
    if (wakes_items)
      cold.push_back(p.sku);
  });
  if (!listed)
    return tl::unexpected{listed.error()};
  return cold;
}

} // namespace orderd
