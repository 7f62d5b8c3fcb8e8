#include "persistence/postgres_reader.hpp"

#include "domain/assert.hpp"
#include "persistence/list_bounds.hpp"
#include "persistence/postgres_migrations.hpp"
#include "persistence/postgres_queries.hpp"
#include "persistence/postgres_rows_read.hpp"
#include "persistence/signed_number.hpp"
#include "persistence/write_set.hpp"

#include <algorithm>

namespace orderd {
namespace {

namespace sql = postgres_queries;

/// The range and the filters of a list, as its page and its count take them.
void add_range(postgres_parameters& parameters, const order_query& query) {
  // The upper end is a point in the list's order. No id is below the nil one, so with it an instant is
  // exclusive.
  timestamp until = query.created_before.value_or(timestamp::max());
  uuid until_id;
  if (query.after && *query.after_created_at < until) {
    until = *query.after_created_at;
    until_id = *query.after;
  }
  parameters.add(query.created_after.value_or(timestamp::min())).add(until).add(until_id);
}

void add_filters(postgres_parameters& parameters, const order_query& query) {
  if (query.customer_id) {
    parameters.add(std::string_view(*query.customer_id));
  }
  if (query.status) {
    parameters.add(to_text(*query.status));
  }
}

} // namespace

result<std::unique_ptr<postgres_reader>>
postgres_reader::open(const postgres_options& options, std::shared_ptr<const postgres_position> position) {
  if (auto schema = check_schema(options, postgres_migrations()); !schema) {
    return tl::unexpected(schema.error());
  }
  std::unique_ptr<postgres_reader> reader(new postgres_reader(options, std::move(position)));
  if (auto opened = reader->session_.open(); !opened) {
    return tl::unexpected(opened.error());
  }
  return reader;
}

aside_pages postgres_reader::aside_of(std::string_view entity, std::string_view kind) {
  return [this, entity, kind, behind = std::int64_t{0}]() mutable -> result<std::vector<event>> {
    postgres_parameters page;
    page.add(entity).add(kind).add(behind).add(static_cast<std::int64_t>(aside_page_events));
    const auto rows = session_.run_within(sql::aside_of, page);
    if (!rows) {
      return tl::unexpected(rows.error());
    }
    behind = rows->size() > 0 ? rows->integer(rows->size() - 1, 2) : behind;
    return events_of(*rows);
  };
}

/// The rows of a page and, before them, its count if there is one.
result<std::vector<postgres_rows>> postgres_reader::read_page(const postgres_call& list,
                                                              const postgres_call* count) {
  if (count != nullptr) {
    const postgres_call calls[] = {*count, list};
    return session_.run_together(calls);
  }
  auto rows = session_.run(list.statement, list.parameters);
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  std::vector<postgres_rows> only;
  only.push_back(std::move(*rows));
  return only;
}

// ---- orders ----

result<order_ptr> postgres_reader::load_order(const uuid& id) {
  postgres_parameters of_order;
  of_order.add(id);
  auto rows = session_.run(sql::load_order, of_order);
  const bool is_aside = rows && rows->integer(0, postgres_order_columns) != 0;
  if (is_aside) {
    rows = session_.begin_snapshot(sql::load_order, of_order);
  }
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  auto found = orders_of(*rows);
  auto order = !found           ? tl::unexpected(found.error())
               : found->empty() ? result<order_ptr>(nullptr)
                                : result<order_ptr>(std::move(found->front()));
  if (is_aside) {
    order = order ? with_aside(std::move(*order), aside_of(bytes_of(id), "order")) : order;
    session_.end_snapshot();
  }
  return order;
}

result<order_page> postgres_reader::list_orders(const order_query& query) {
  ORDERD_ASSERT(query.after.has_value() == query.after_created_at.has_value());
  const std::size_t limit = std::min(query.limit, list_rows_max);
  const std::size_t filter = (query.status ? 1 : 0) + (query.customer_id ? 2 : 0) + (query.stuck ? 4 : 0);
  postgres_parameters of_count;
  postgres_parameters of_list;
  add_range(of_count, query);
  add_filters(of_count, query);
  add_range(of_list, query);
  // One more than wanted tells whether there are more.
  of_list.add(static_cast<std::int64_t>(limit + 1)).add(offset_of(query.page, limit));
  add_filters(of_list, query);
  const postgres_call count{sql::count_orders[filter], of_count};
  const auto read = read_page({sql::list_orders[filter], of_list}, query.page ? &count : nullptr);
  order_page page;
  if (query.page) {
    page.total = read ? static_cast<std::uint64_t>(read->front().integer(0, 0)) : 0;
  }
  if (is_refused(read)) {
    return page;
  }
  auto found = read ? orders_of(read->back()) : tl::unexpected(read.error());
  if (!found) {
    return tl::unexpected(found.error());
  }
  page.items = std::move(*found);
  page.more = page.items.size() > limit;
  page.items.resize(std::min(page.items.size(), limit));
  return page;
}

result<std::vector<order_event>> postgres_reader::timeline(const uuid& id, std::uint64_t after_version,
                                                           std::size_t limit) {
  postgres_parameters of_order;
  of_order.add(id).add(signed_number(after_version)).add(signed_number(std::min(limit, list_rows_max)));
  const auto rows = session_.run(sql::timeline, of_order);
  auto events = rows ? events_of(*rows) : tl::unexpected(rows.error());
  if (!events) {
    return tl::unexpected(events.error());
  }
  std::vector<order_event> shown;
  shown.reserve(events->size());
  for (event& e : *events) {
    auto* of_this = std::get_if<order_event>(&e);
    if (of_this == nullptr) {
      return damaged_rows("a stock event in an order's history");
    }
    shown.push_back(std::move(*of_this));
  }
  return shown;
}

// ---- stock ----

result<std::optional<stock_item>> postgres_reader::load_stock(const std::string& sku) {
  postgres_parameters of_item;
  of_item.add(std::string_view(sku));
  const auto rows = session_.run(sql::load_stock, of_item);
  if (rows && rows->integer(0, postgres_stock_columns) == 0) {
    return stock_item_of(*rows);
  }
  if (!rows && !is_refused(rows)) {
    return tl::unexpected(rows.error());
  }
  if (auto begun = session_.begin_snapshot(sql::last_seq, {}); !begun) {
    return tl::unexpected(begun.error());
  }
  auto item = item_aside(sku);
  session_.end_snapshot();
  return item;
}

result<std::optional<stored_reservation>> postgres_reader::load_reservation(const uuid& id) {
  postgres_parameters of_reservation;
  of_reservation.add(id);
  const postgres_call call{sql::load_reservation, of_reservation};
  auto rows = session_.run(call.statement, call.parameters);
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  std::vector<event> aside;
  if (rows->integer(0, postgres_reservation_columns) != 0) {
    // One without a row may be of any item that has events aside.
    const bool is_known = !rows->is_null(0, 0);
    postgres_parameters of_aside;
    of_aside.add(id);
    if (is_known) {
      of_aside.add(rows->text(0, 1));
    }
    const postgres_call calls[] = {
        call, {is_known ? sql::aside_of_reservation_of : sql::aside_of_reservation, of_aside}};
    auto both = session_.run_together(calls);
    auto events = both ? events_of((*both)[1]) : tl::unexpected(both.error());
    if (!events) {
      return tl::unexpected(events.error());
    }
    rows = std::move((*both)[0]);
    aside = std::move(*events);
  }
  std::optional<stored_reservation> shown;
  if (!rows->is_null(0, 0)) {
    auto stored = reservation_of(*rows, 0);
    if (!stored) {
      return tl::unexpected(stored.error());
    }
    shown = std::move(*stored);
  }
  return with_aside(std::move(shown), id, aside);
}

result<stock_page> postgres_reader::list_stock(const stock_query& query) {
  const std::size_t limit = std::min(query.limit, list_rows_max);
  const std::string_view after = query.after ? std::string_view(*query.after) : std::string_view();
  postgres_parameters of_count;
  postgres_parameters of_list;
  of_count.add(after);
  of_list.add(after).add(static_cast<std::int64_t>(limit + 1)).add(offset_of(query.page, limit));
  const postgres_call count{sql::count_stock, of_count};
  const auto read = read_page({sql::list_stock, of_list}, query.page ? &count : nullptr);
  if (!read) {
    return tl::unexpected(read.error());
  }
  stock_page page;
  if (query.page) {
    page.total = static_cast<std::uint64_t>(read->front().integer(0, 0));
  }
  const postgres_rows& rows = read->back();
  page.more = rows.size() > limit;
  for (std::size_t row = 0; row < std::min(rows.size(), limit); ++row) {
    page.items.push_back(stock_view_of(rows, row, 0));
  }
  return page;
}

} // namespace orderd
