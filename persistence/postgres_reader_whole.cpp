#include "config/log.hpp"
#include "persistence/outbox_reads.hpp"
#include "persistence/postgres_history.hpp"
#include "persistence/postgres_queries.hpp"
#include "persistence/postgres_reader.hpp"
#include "persistence/postgres_rows_read.hpp"
#include "persistence/signed_number.hpp"
#include "persistence/write_set.hpp"

#include <algorithm>

// What runs over all items and all events, a part at a time.

namespace orderd {
namespace {

namespace sql = postgres_queries;

/// What is read at once: some hundred KiB of products, a few MiB of events.
constexpr std::size_t products_at_once = 5'000;
constexpr std::size_t events_at_once = 2'000;

} // namespace

// ---- all stock items ----

/// The items that have events aside, whole: few, but what runs over all items must not show them as rows do,
/// unless they are damaged: then rows are what there is to show, and the rest goes on.
result<std::map<std::string, stock_item>> postgres_reader::items_of(const postgres_rows& skus) {
  std::map<std::string, stock_item> items;
  for (std::size_t row = 0; row < skus.size(); ++row) {
    auto item = item_aside(skus.text(row, 0));
    if (!item && item.error().code == error_code::damaged) {
      log::error("an item is shown without its events aside",
                 {{"sku", skus.text(row, 0)}, {"reason", item.error().detail}});
      continue;
    }
    if (!item) {
      return tl::unexpected(item.error());
    }
    items.emplace(skus.text(row, 0), std::move(item->value()));
  }
  return items;
}

result<std::optional<stock_item>> postgres_reader::item_aside(std::string_view sku) {
  postgres_parameters of_item;
  of_item.add(sku);
  const auto rows = session_.try_within(sql::load_stock, of_item);
  auto shown = rows               ? stock_item_of(*rows)
               : is_refused(rows) ? result<std::optional<stock_item>>()
                                  : tl::unexpected(rows.error());
  return shown ? with_aside(std::move(*shown), aside_of(sku, "stock")) : shown;
}

result<void> postgres_reader::each_product(const std::function<void(const product&)>& visit) {
  const auto skus = session_.begin_snapshot(sql::aside_skus, {});
  if (!skus) {
    return tl::unexpected(skus.error());
  }
  const auto aside = items_of(*skus);
  auto visited = aside ? visit_products(visit, *aside) : tl::unexpected(aside.error());
  session_.end_snapshot();
  return visited;
}

result<void> postgres_reader::visit_products(const std::function<void(const product&)>& visit,
                                             const std::map<std::string, stock_item>& aside) {
  for (const auto& [sku, item] : aside) {
    visit(item.view().product);
  }
  std::string behind;
  for (std::size_t read = products_at_once; read == products_at_once;) {
    postgres_parameters page;
    page.add(std::string_view(behind)).add(static_cast<std::int64_t>(products_at_once));
    const auto rows = session_.run_within(sql::each_product, page);
    if (!rows) {
      return tl::unexpected(rows.error());
    }
    for (std::size_t row = 0; row < rows->size(); ++row) {
      const product shown = product_of(*rows, row, 0);
      behind = shown.sku;
      if (!aside.contains(shown.sku)) {
        visit(shown);
      }
    }
    read = rows->size();
  }
  return {};
}

result<std::vector<stored_deadline>> postgres_reader::deadlines() {
  const auto skus = session_.begin_snapshot(sql::aside_skus, {});
  if (!skus) {
    return tl::unexpected(skus.error());
  }
  const auto aside = items_of(*skus);
  auto found = aside ? read_deadlines(*aside) : tl::unexpected(aside.error());
  session_.end_snapshot();
  return found;
}

result<std::vector<stored_deadline>>
postgres_reader::read_deadlines(const std::map<std::string, stock_item>& aside) {
  std::vector<stored_deadline> found;
  for (const auto& [sku, item] : aside) {
    if (const auto at = item.next_expiry()) {
      found.push_back({sku, *at});
    }
  }
  const auto rows = session_.run_within(sql::deadlines, {});
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  for (std::size_t row = 0; row < rows->size(); ++row) {
    if (std::string sku(rows->text(row, 0)); !aside.contains(sku)) {
      found.push_back({std::move(sku), rows->time(row, 1)});
    }
  }
  return found;
}

// ---- history ----

result<postgres_reader::kept_events> postgres_reader::kept_in(const postgres_rows& node) {
  if (node.size() != 1) {
    return damaged_rows("a node without its row");
  }
  return kept_events{static_cast<std::uint64_t>(node.integer(0, 0)),
                     static_cast<std::uint64_t>(node.integer(0, 1))};
}

result<postgres_reader::kept_events> postgres_reader::kept() {
  const auto node = session_.run(sql::last_seq, {});
  return node ? kept_in(*node) : tl::unexpected(node.error());
}

result<void> postgres_reader::history(std::uint64_t from_seq,
                                      const std::function<result<void>(const sequenced_event&)>& visit) {
  // Events never change and none comes in before the last one: its number is as good as a snapshot, which
  // would keep the server from cleaning up for as long as the visits take. Each page comes with what was
  // dropped by then: a part that went between two pages must not be missing without a word.
  const auto first = kept();
  if (!first) {
    return tl::unexpected(first.error());
  }
  const postgres_parameters nothing;
  std::uint64_t from = std::max(from_seq, first->dropped_to + 1);
  for (std::size_t rows_read = events_at_once; rows_read == events_at_once;) {
    postgres_parameters range;
    range.add(signed_number(from)).add(signed_number(first->last_seq)).add(signed_number(events_at_once));
    const postgres_call calls[] = {{sql::history, range}, {sql::last_seq, nothing}};
    const auto read = session_.run_together(calls);
    const auto now = read ? kept_in((*read)[1]) : tl::unexpected(read.error());
    if (!now) {
      return tl::unexpected(now.error());
    }
    if (now->dropped_to >= from) {
      return fail(error_code::store_failed, "events up to " + std::to_string(now->dropped_to) +
                                                " were dropped while those from " + std::to_string(from) +
                                                " on were read");
    }
    const auto events = sequenced_events_of((*read)[0]);
    if (!events) {
      return tl::unexpected(events.error());
    }
    for (const sequenced_event& each : *events) {
      if (auto visited = visit(each); !visited) {
        return visited;
      }
      from = each.seq + 1;
    }
    rows_read = events->size();
  }
  return {};
}

// ---- the outbox ----

result<event_page> postgres_reader::events_after(std::uint64_t seq, std::size_t limit) {
  const auto there = kept();
  if (!there) {
    return tl::unexpected(there.error());
  }
  const auto read = [this](const event_range& range, std::size_t rows_max) {
    postgres_parameters of_range;
    of_range.add(signed_number(range.first)).add(signed_number(range.last)).add(signed_number(rows_max));
    const auto rows = session_.run(sql::outbox, of_range);
    return rows ? sequenced_events_of(*rows) : tl::unexpected(rows.error());
  };
  return read_outbox(std::max(seq, there->dropped_to), there->last_seq, limit, read);
}

result<std::optional<std::uint64_t>> postgres_reader::first_event_since(timestamp at) {
  const auto there = kept();
  if (!there) {
    return tl::unexpected(there.error());
  }
  using first_one = result<std::optional<placed_time>>;
  return search_by_time(there->last_seq, at, [&](const event_range& range) -> first_one {
    // Entries of what is gone stand in the index for a while: they are not walked through.
    const std::uint64_t from = std::max(range.first, there->dropped_to + 1);
    if (from > range.last) {
      return std::nullopt;
    }
    postgres_parameters of_range;
    of_range.add(signed_number(from)).add(signed_number(range.last));
    const auto rows = session_.run(sql::first_event, of_range);
    if (!rows) {
      return tl::unexpected(rows.error());
    }
    return rows->size() == 0 ? std::nullopt
                             : std::optional(placed_time{static_cast<std::uint64_t>(rows->integer(0, 0)),
                                                         rows->time(0, 1)});
  });
}

// ---- what is dropped, and what it leaves ----

result<std::uint64_t> postgres_reader::dropped_to() {
  const auto there = kept();
  return there ? result<std::uint64_t>(there->dropped_to) : tl::unexpected(there.error());
}

result<std::optional<history_checkpoint>> postgres_reader::checkpoint(const entity_key& of) {
  const auto rows = session_.run(sql::checkpoint,
                                 postgres_parameters().add(to_text(of.kind)).add(std::string_view(of.key)));
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  if (rows->size() == 0) {
    return std::nullopt;
  }
  auto found = checkpoint_of(*rows, 0);
  return found ? result<std::optional<history_checkpoint>>(std::move(*found)) : tl::unexpected(found.error());
}

result<std::vector<sequenced_event>>
postgres_reader::stock_events(const std::string& sku, std::uint64_t after_version, std::size_t limit) {
  postgres_parameters of_item;
  of_item.add(std::string_view(sku)).add(signed_number(after_version)).add(signed_number(limit));
  const auto rows = session_.run(sql::stock_events, of_item);
  if (is_refused(rows)) {
    return std::vector<sequenced_event>();
  }
  return rows ? sequenced_events_of(*rows) : tl::unexpected(rows.error());
}

// ---- sinks ----

result<std::vector<sink_position>> postgres_reader::sink_positions() {
  const auto rows = session_.run(sql::sink_positions, {});
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  std::vector<sink_position> found;
  for (std::size_t row = 0; row < rows->size(); ++row) {
    found.push_back({std::string(rows->text(row, 0)), static_cast<std::uint64_t>(rows->integer(row, 1)),
                     rows->integer(row, 2) != 0, std::string(rows->text(row, 3))});
  }
  return found;
}

} // namespace orderd
