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

result<postgres_reader::entity_rows> postgres_reader::read_entity(const postgres_call& rows, int aside_column,
                                                                  const postgres_call& aside) {
  auto alone = session_.run(rows.statement, rows.parameters);
  if (!alone) {
    return tl::unexpected(alone.error());
  }
  if (alone->integer(0, aside_column) == 0) {
    return entity_rows{std::move(*alone), {}};
  }
  return read_whole(rows, aside);
}

result<postgres_reader::entity_rows> postgres_reader::read_whole(const postgres_call& rows,
                                                                 const postgres_call& aside) {
  const postgres_call calls[] = {rows, aside};
  auto both = session_.run_together(calls);
  if (!both) {
    return tl::unexpected(both.error());
  }
  auto events = events_of((*both)[1]);
  return events ? result<entity_rows>(entity_rows{std::move((*both)[0]), std::move(*events)})
                : tl::unexpected(events.error());
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
  postgres_parameters of_aside;
  of_order.add(id);
  of_aside.add(bytes_of(id)).add(std::string_view("order"));
  auto read = read_entity({sql::load_order, of_order}, postgres_order_columns, {sql::aside_of, of_aside});
  if (!read) {
    return tl::unexpected(read.error());
  }
  auto found = orders_of(read->rows);
  if (!found) {
    return tl::unexpected(found.error());
  }
  return with_aside(found->empty() ? nullptr : std::move(found->front()), read->aside);
}

result<order_page> postgres_reader::list_orders(const order_query& query) {
  ORDERD_ASSERT(query.after.has_value() == query.after_created_at.has_value());
  const std::size_t limit = std::min(query.limit, list_rows_max);
  const std::size_t filter = (query.status ? 1 : 0) + (query.customer_id ? 2 : 0);
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
  postgres_parameters of_aside;
  of_item.add(std::string_view(sku));
  of_aside.add(std::string_view(sku)).add(std::string_view("stock"));
  auto read = read_entity({sql::load_stock, of_item}, postgres_stock_columns, {sql::aside_of, of_aside});
  if (is_refused(read)) {
    const auto rows = session_.run(sql::aside_of, of_aside);
    auto aside = rows ? events_of(*rows) : tl::unexpected(rows.error());
    return aside ? with_aside(std::optional<stock_item>(), *aside) : tl::unexpected(aside.error());
  }
  if (!read) {
    return tl::unexpected(read.error());
  }
  auto item = stock_item_of(read->rows);
  return item ? with_aside(std::move(*item), read->aside) : tl::unexpected(item.error());
}

result<std::optional<stored_reservation>> postgres_reader::load_reservation(const uuid& id) {
  postgres_parameters of_reservation;
  of_reservation.add(id);
  const postgres_call call{sql::load_reservation, of_reservation};
  auto rows = session_.run(call.statement, call.parameters);
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  entity_rows read{std::move(*rows), {}};
  if (read.rows.integer(0, postgres_reservation_columns) != 0) {
    // One without a row may be of any item that has events aside.
    const bool is_known = !read.rows.is_null(0, 0);
    postgres_parameters of_aside;
    if (is_known) {
      of_aside.add(read.rows.text(0, 1)).add(std::string_view("stock"));
    }
    auto whole = read_whole(call, {is_known ? sql::aside_of : sql::aside_of_stock, of_aside});
    if (!whole) {
      return tl::unexpected(whole.error());
    }
    read = std::move(*whole);
  }
  std::optional<stored_reservation> shown;
  if (!read.rows.is_null(0, 0)) {
    auto stored = reservation_of(read.rows, 0);
    if (!stored) {
      return tl::unexpected(stored.error());
    }
    shown = std::move(*stored);
  }
  return with_aside(std::move(shown), id, read.aside);
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
