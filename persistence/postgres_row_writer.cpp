#include "persistence/postgres_row_writer.hpp"

#include "persistence/event_codec.hpp"
#include "persistence/postgres_row_statements.hpp"
#include "persistence/signed_number.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace orderd {
namespace {

using namespace postgres_row_texts;
using type = postgres_type;

constexpr std::array<postgres_statement, 11> all = {clear_product_ids,   put_products,
                                                    change_products,     insert_orders,
                                                    change_orders,       clear_items,
                                                    insert_items,        insert_reservations,
                                                    change_reservations, postgres_queries::purge_reservations,
                                                    insert_events};

void add_text(postgres_array& to, const std::string* value) {
  value != nullptr ? to.add(std::string_view(*value)) : to.add_null();
}

void add_id(postgres_array& to, const uuid& id) { id.is_nil() ? to.add_null() : to.add(id); }

// ---- stock ----

/// The columns that every change of an item sets.
struct level_columns {
  explicit level_columns(std::size_t n)
      : on_hand(type::int8, n), reserved(type::int8, n), received(type::int8, n), committed(type::int8, n),
        adjusted_out(type::int8, n), version(type::int8, n), updated_at(type::timestamptz, n) {}

  void add(const stock_row& row) {
    on_hand.add(row.levels.on_hand);
    reserved.add(row.levels.reserved);
    received.add(row.totals.received);
    committed.add(row.totals.committed);
    adjusted_out.add(row.totals.adjusted_out);
    version.add(signed_number(row.version));
    updated_at.add(row.updated_at);
  }

  postgres_array on_hand, reserved, received, committed, adjusted_out, version, updated_at;
};

void add_definitions(postgres_transaction& to, std::span<const stock_row> rows, std::size_t n) {
  postgres_array sku(type::text, n), product_id(type::int8, n), name(type::text, n), price(type::int8, n);
  level_columns levels(n);
  for (const stock_row& row : rows) {
    if (row.product == nullptr) {
      continue;
    }
    sku.add(row.sku);
    product_id.add(row.product->product_id);
    name.add(std::string_view(row.product->name));
    price.add(row.product->price);
    levels.add(row);
  }
  // Two items may trade their product ids within one batch: the old ones go before the new ones come.
  to.add(clear_product_ids, columns({&sku, &product_id}));
  to.add(put_products,
         columns({&sku, &product_id, &name, &price, &levels.on_hand, &levels.reserved, &levels.received,
                  &levels.committed, &levels.adjusted_out, &levels.version, &levels.updated_at}),
         n, "stock items");
}

void add_levels(postgres_transaction& to, std::span<const stock_row> rows, std::size_t n) {
  postgres_array sku(type::text, n);
  level_columns levels(n);
  for (const stock_row& row : rows) {
    if (row.product == nullptr) {
      sku.add(row.sku);
      levels.add(row);
    }
  }
  to.add(change_products,
         columns({&sku, &levels.on_hand, &levels.reserved, &levels.received, &levels.committed,
                  &levels.adjusted_out, &levels.version, &levels.updated_at}),
         n, "stock items");
}

// ---- orders ----

void add_new_orders(postgres_transaction& to, std::span<const order_row> rows, std::size_t n) {
  postgres_array id(type::uuid, n), customer(type::text, n), status(type::text, n), payment(type::text, n),
      version(type::int8, n), currency(type::text, n), total(type::int8, n), metadata(type::json, n),
      runner(type::text, n), failure_code(type::text, n), failure_detail(type::text, n),
      created_at(type::timestamptz, n), updated_at(type::timestamptz, n);
  for (const order_row& row : rows) {
    if (row.created == nullptr) {
      continue;
    }
    id.add(row.id);
    customer.add(std::string_view(row.created->customer_id));
    status.add(to_text(row.status.value_or(order_status::draft)));
    payment.add(to_text(payment_status::none));
    version.add(signed_number(row.version));
    currency.add(std::string_view(row.created->currency));
    total.add(row.total.value_or(0));
    metadata.add(std::string_view(*row.metadata));
    add_text(runner, row.runner_id);
    add_text(failure_code, row.failure != nullptr ? &row.failure->code : nullptr);
    add_text(failure_detail, row.failure != nullptr ? &row.failure->detail : nullptr);
    created_at.add(row.created_at);
    updated_at.add(row.updated_at);
  }
  to.add(insert_orders,
         columns({&id, &customer, &status, &payment, &version, &currency, &total, &metadata, &runner,
                  &failure_code, &failure_detail, &created_at, &updated_at}),
         n, "new orders");
}

void add_changed_orders(postgres_transaction& to, std::span<const order_row> rows, std::size_t n) {
  postgres_array id(type::uuid, n), version(type::int8, n), updated_at(type::timestamptz, n),
      status(type::text, n), total(type::int8, n), metadata(type::json, n), runner(type::text, n),
      failure_code(type::text, n), failure_detail(type::text, n);
  for (const order_row& row : rows) {
    if (row.created != nullptr) {
      continue;
    }
    id.add(row.id);
    version.add(signed_number(row.version));
    updated_at.add(row.updated_at);
    row.status ? status.add(to_text(*row.status)) : status.add_null();
    total.add(row.total);
    add_text(metadata, row.metadata);
    add_text(runner, row.runner_id);
    add_text(failure_code, row.failure != nullptr ? &row.failure->code : nullptr);
    add_text(failure_detail, row.failure != nullptr ? &row.failure->detail : nullptr);
  }
  to.add(change_orders,
         columns({&id, &version, &updated_at, &status, &total, &metadata, &runner, &failure_code,
                  &failure_detail}),
         n, "orders");
}

struct item_columns {
  explicit item_columns(std::size_t n)
      : order_id(type::uuid, n), position(type::int2, n), id(type::uuid, n), sku(type::text, n),
        product_id(type::int8, n), qty(type::int8, n), price(type::int8, n), price_given(type::boolean, n),
        reservation(type::uuid, n), created_at(type::timestamptz, n) {}

  void add(const uuid& order, std::int64_t place, const order_line& line) {
    order_id.add(order);
    position.add(place);
    id.add(line.id);
    line.sku.empty() ? sku.add_null() : sku.add(std::string_view(line.sku));
    product_id.add(line.product_id);
    qty.add(line.qty);
    price.add(line.price);
    price_given.add(line.price_given);
    reservation.add(line.reservation);
    created_at.add(line.created_at);
  }

  postgres_array order_id, position, id, sku, product_id, qty, price, price_given, reservation, created_at;
};

void add_items(postgres_transaction& to, std::span<const order_row> rows) {
  postgres_array replaced(type::uuid);
  item_columns items(rows.size());
  for (const order_row& row : rows) {
    if (row.lines == nullptr) {
      continue;
    }
    if (row.created == nullptr) {
      replaced.add(row.id);
    }
    std::int64_t position = 0;
    for (const order_line& line : *row.lines) {
      items.add(row.id, position++, line);
    }
  }
  if (replaced.size() > 0) {
    to.add(clear_items, columns({&replaced}));
  }
  if (items.id.size() > 0) {
    to.add(insert_items,
           columns({&items.order_id, &items.position, &items.id, &items.sku, &items.product_id, &items.qty,
                    &items.price, &items.price_given, &items.reservation, &items.created_at}),
           items.id.size(), "lines of orders");
  }
}

// ---- reservations ----

void add_new_reservations(postgres_transaction& to, std::span<const reservation_row> rows, std::size_t n) {
  postgres_array id(type::uuid, n), sku(type::text, n), qty(type::int8, n), holder(type::text, n),
      state(type::text, n), created_at(type::timestamptz, n), deadline(type::timestamptz, n),
      order_id(type::uuid, n), version(type::int8, n), ended_at(type::timestamptz, n);
  for (const reservation_row& row : rows) {
    if (row.made == nullptr) {
      continue;
    }
    id.add(row.id);
    sku.add(row.sku);
    qty.add(row.made->qty);
    holder.add(std::string_view(row.made->holder));
    state.add(to_text(row.state));
    created_at.add(row.made->created_at);
    deadline.add(row.deadline);
    add_id(order_id, *row.order_id);
    version.add(signed_number(row.version));
    ended_at.add(row.ended_at);
  }
  to.add(insert_reservations,
         columns({&id, &sku, &qty, &holder, &state, &created_at, &deadline, &order_id, &version, &ended_at}),
         n, "new reservations");
}

void add_changed_reservations(postgres_transaction& to, std::span<const reservation_row> rows,
                              std::size_t n) {
  postgres_array id(type::uuid, n), version(type::int8, n), state(type::text, n),
      ended_at(type::timestamptz, n), deadline(type::timestamptz, n), owned(type::boolean, n),
      order_id(type::uuid, n);
  for (const reservation_row& row : rows) {
    if (row.made != nullptr) {
      continue;
    }
    id.add(row.id);
    version.add(signed_number(row.version));
    state.add(to_text(row.state));
    ended_at.add(row.ended_at);
    deadline.add(row.deadline);
    owned.add(row.order_id.has_value());
    add_id(order_id, row.order_id.value_or(uuid{}));
  }
  to.add(change_reservations, columns({&id, &version, &state, &ended_at, &deadline, &owned, &order_id}), n,
         "reservations");
}

} // namespace

std::span<const postgres_statement> postgres_row_statements() noexcept { return all; }

void add_stock(postgres_transaction& to, std::span<const stock_row> rows) {
  const auto defined = static_cast<std::size_t>(
      std::count_if(rows.begin(), rows.end(), [](const stock_row& row) { return row.product != nullptr; }));
  if (defined > 0) {
    add_definitions(to, rows, defined);
  }
  if (defined < rows.size()) {
    add_levels(to, rows, rows.size() - defined);
  }
}

void add_orders(postgres_transaction& to, std::span<const order_row> rows) {
  const auto created = static_cast<std::size_t>(
      std::count_if(rows.begin(), rows.end(), [](const order_row& row) { return row.created != nullptr; }));
  if (created > 0) {
    add_new_orders(to, rows, created);
  }
  if (created < rows.size()) {
    add_changed_orders(to, rows, rows.size() - created);
  }
  add_items(to, rows);
}

void add_reservations(postgres_transaction& to, std::span<const reservation_row> rows) {
  const auto made = static_cast<std::size_t>(std::count_if(
      rows.begin(), rows.end(), [](const reservation_row& row) { return row.made != nullptr; }));
  if (made > 0) {
    add_new_reservations(to, rows, made);
  }
  if (made < rows.size()) {
    add_changed_reservations(to, rows, rows.size() - made);
  }
}

void add_purge(postgres_transaction& to, timestamp cutoff, std::size_t max) {
  to.add(postgres_queries::purge_reservations, postgres_parameters().add(cutoff).add(signed_number(max)));
}

void add_events(postgres_transaction& to, std::span<const sequenced_event* const> events) {
  const std::size_t n = events.size();
  if (n == 0) {
    return;
  }
  postgres_array seq(type::int8, n), order_id(type::uuid, n), sku(type::text, n), version(type::int8, n),
      name(type::text, n), tag(type::int2, n), occurred_at(type::timestamptz, n), data(type::bytea, n);
  std::string payload;
  for (const sequenced_event* e : events) {
    seq.add(signed_number(e->seq));
    if (const auto* of_order = std::get_if<order_event>(&e->event)) {
      order_id.add(of_order->order_id);
      sku.add_null();
    } else {
      order_id.add_null();
      sku.add(std::string_view(std::get<stock_event>(e->event).sku));
    }
    version.add(static_cast<std::int64_t>(version_of(e->event)));
    name.add(name_of(e->event));
    occurred_at.add(time_of(e->event));
    tag.add(static_cast<std::int64_t>(tag_of(e->event)));
    payload.clear();
    encode_event(payload, e->event);
    data.add(std::string_view(payload));
  }
  to.add(insert_events, columns({&seq, &order_id, &sku, &version, &name, &tag, &occurred_at, &data}), n,
         "new events");
}

} // namespace orderd
