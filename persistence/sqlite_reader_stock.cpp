#include "config/log.hpp"
#include "persistence/list_bounds.hpp"
#include "persistence/sqlite_deadline.hpp"
#include "persistence/sqlite_reader.hpp"
#include "persistence/sqlite_rows.hpp"
#include "persistence/write_set.hpp"

#include <algorithm>
#include <utility>

namespace orderd {

result<std::vector<reservation>> sqlite_reader::active_of(const std::string& sku) {
  std::vector<reservation> active;
  auto read = active_reservations_.bind(std::string_view(sku)).each([&](const sqlite_statement& row) {
    active.push_back(reservation_of(row).reservation);
  });
  return read ? result<std::vector<reservation>>(std::move(active)) : tl::unexpected(read.error());
}

result<std::optional<stock_item>> sqlite_reader::load_stock(const std::string& sku) {
  const auto snapshot = sqlite_transaction::begin(connection_, false);
  return snapshot ? read_stock(sku) : tl::unexpected(snapshot.error());
}

result<std::optional<stock_item>> sqlite_reader::read_stock(const std::string& sku) {
  auto shown = stock_of_rows(sku);
  return shown ? with_aside(std::move(*shown), events_.aside_of(sku)) : shown;
}

result<std::optional<stock_item>> sqlite_reader::stock_of_rows(const std::string& sku) {
  std::optional<stock_view> view;
  stock_totals totals;
  auto read = load_stock_.bind(std::string_view(sku)).each([&](const sqlite_statement& row) {
    view = view_of(row);
    totals = totals_of(row);
  });
  if (!read) {
    return tl::unexpected(read.error());
  }
  if (!view) {
    return std::nullopt;
  }
  auto active = active_of(sku);
  if (!active) {
    return tl::unexpected(active.error());
  }
  if (!adds_up(*view, totals, *active)) {
    return damaged("units of the item " + sku);
  }
  return stock_item(std::move(*view), totals, std::move(*active));
}

result<std::optional<stored_reservation>> sqlite_reader::load_reservation(const uuid& id) {
  const auto snapshot = sqlite_transaction::begin(connection_, false);
  if (!snapshot) {
    return tl::unexpected(snapshot.error());
  }
  std::optional<stored_reservation> found;
  auto read =
      load_reservation_.bind(id).each([&](const sqlite_statement& row) { found = reservation_of(row); });
  // One without a row may be of any item that has events aside.
  auto skus = !read   ? tl::unexpected(read.error())
              : found ? result<std::vector<std::string>>({found->sku})
                      : events_.aside_skus();
  if (!skus) {
    return tl::unexpected(skus.error());
  }
  for (const std::string& sku : *skus) {
    const auto aside = events_.aside_of(sku, id);
    if (!aside) {
      return tl::unexpected(aside.error());
    }
    found = with_aside(std::move(found), id, *aside);
  }
  return found;
}

result<stock_page> sqlite_reader::list_stock(const stock_query& query) {
  const std::size_t limit = std::min(query.limit, list_rows_max);
  const std::string_view after = query.after ? std::string_view(*query.after) : std::string_view();
  const sqlite_deadline bounded(connection_);
  const auto snapshot = sqlite_transaction::begin(connection_, false);
  if (!snapshot) {
    return tl::unexpected(snapshot.error());
  }
  stock_page page;
  result<void> read;
  if (query.page) {
    read = count_stock_.bind(after, std::int64_t{rows_counted_max}).each([&](const sqlite_statement& row) {
      page.total = static_cast<std::uint64_t>(row.integer(0));
    });
  }
  if (read) {
    read = list_stock_.bind(after, static_cast<std::int64_t>(limit + 1), offset_of(query.page, limit))
               .each([&](const sqlite_statement& row) { page.items.push_back(view_of(row)); });
  }
  if (!read) {
    return tl::unexpected(read.error());
  }
  page.more = page.items.size() > limit;
  page.items.resize(std::min(page.items.size(), limit));
  return page;
}

/// The items that have events aside, whole: few, but what runs over all items must not show them as rows do,
/// unless they are damaged: then rows are what there is to show, and the rest goes on.
/// The snapshot ends here: a visitor of all items may well load one.
result<std::map<std::string, stock_item>> sqlite_reader::items_aside() {
  const auto snapshot = sqlite_transaction::begin(connection_, false);
  const auto skus = snapshot ? events_.aside_skus() : tl::unexpected(snapshot.error());
  if (!skus) {
    return tl::unexpected(skus.error());
  }
  std::map<std::string, stock_item> items;
  for (const std::string& sku : *skus) {
    auto item = read_stock(sku);
    if (!item && item.error().code == error_code::damaged) {
      log::error("an item is shown without its events aside",
                 {{"sku", sku}, {"reason", item.error().detail}});
      continue;
    }
    if (!item) {
      return tl::unexpected(item.error());
    }
    items.emplace(sku, std::move(item->value()));
  }
  return items;
}

result<void> sqlite_reader::each_product(const std::function<void(const product&)>& visit) {
  const auto aside = items_aside();
  if (!aside) {
    return tl::unexpected(aside.error());
  }
  for (const auto& [sku, item] : *aside) {
    visit(item.view().product);
  }
  return each_product_.bind().each([&](const sqlite_statement& row) {
    const product shown = product_of(row);
    if (!aside->contains(shown.sku)) {
      visit(shown);
    }
  });
}

result<std::vector<stored_deadline>> sqlite_reader::deadlines() {
  const auto aside = items_aside();
  if (!aside) {
    return tl::unexpected(aside.error());
  }
  std::vector<stored_deadline> found;
  for (const auto& [sku, item] : *aside) {
    if (const auto at = item.next_expiry()) {
      found.push_back({sku, *at});
    }
  }
  auto read = deadlines_.bind().each([&](const sqlite_statement& row) {
    if (std::string sku(row.text(0)); !aside->contains(sku)) {
      found.push_back({std::move(sku), row.time(1)});
    }
  });
  return read ? result<std::vector<stored_deadline>>(std::move(found)) : tl::unexpected(read.error());
}

} // namespace orderd
