#include "persistence/postgres_row_writer.hpp"

#include "persistence/event_codec.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace orderd {
namespace {

constexpr postgres_statement clear_product_ids = {"clear_product_ids", R"sql(
UPDATE products p SET product_id = NULL FROM unnest($1::text[], $2::int8[]) AS u (sku, product_id)
 WHERE p.sku = u.sku AND p.product_id IS NOT NULL AND p.product_id IS DISTINCT FROM u.product_id)sql"};
constexpr postgres_statement put_products = {"put_products", R"sql(
INSERT INTO products (sku, product_id, name, price_cents, on_hand, reserved, received, committed,
                      adjusted_out, version, updated_at)
SELECT * FROM unnest($1::text[], $2::int8[], $3::text[], $4::int8[], $5::int8[], $6::int8[], $7::int8[],
                     $8::int8[], $9::int8[], $10::int8[], $11::timestamptz[])
ON CONFLICT (sku) DO UPDATE SET product_id = EXCLUDED.product_id, name = EXCLUDED.name,
  price_cents = EXCLUDED.price_cents, on_hand = EXCLUDED.on_hand, reserved = EXCLUDED.reserved,
  received = EXCLUDED.received, committed = EXCLUDED.committed, adjusted_out = EXCLUDED.adjusted_out,
  version = EXCLUDED.version, updated_at = EXCLUDED.updated_at)sql"};
constexpr postgres_statement change_products = {"change_products", R"sql(
UPDATE products p SET on_hand = u.on_hand, reserved = u.reserved, received = u.received,
  committed = u.committed, adjusted_out = u.adjusted_out, version = u.version, updated_at = u.updated_at
  FROM unnest($1::text[], $2::int8[], $3::int8[], $4::int8[], $5::int8[], $6::int8[], $7::int8[],
              $8::timestamptz[])
    AS u (sku, on_hand, reserved, received, committed, adjusted_out, version, updated_at)
 WHERE p.sku = u.sku)sql"};

constexpr postgres_statement insert_orders = {"insert_orders", R"sql(
INSERT INTO orders (id, customer_id, status, payment_status, version, currency, total_cents, metadata,
                    runner_id, failure_code, failure_detail, created_at, updated_at)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int8[], $6::text[], $7::int8[],
                     $8::json[], $9::text[], $10::text[], $11::text[], $12::timestamptz[],
                     $13::timestamptz[]))sql"};
constexpr postgres_statement change_orders = {"change_orders", R"sql(
UPDATE orders o SET version = u.version, updated_at = u.updated_at, status = COALESCE(u.status, o.status),
  total_cents = COALESCE(u.total_cents, o.total_cents), metadata = COALESCE(u.metadata, o.metadata),
  runner_id = COALESCE(u.runner_id, o.runner_id), failure_code = COALESCE(u.failure_code, o.failure_code),
  failure_detail = COALESCE(u.failure_detail, o.failure_detail)
  FROM unnest($1::uuid[], $2::int8[], $3::timestamptz[], $4::text[], $5::int8[], $6::json[], $7::text[],
              $8::text[], $9::text[])
    AS u (id, version, updated_at, status, total_cents, metadata, runner_id, failure_code, failure_detail)
 WHERE o.id = u.id)sql"};
constexpr postgres_statement clear_items = {"clear_items",
                                            "DELETE FROM order_items WHERE order_id = ANY ($1::uuid[])"};
constexpr postgres_statement insert_items = {"insert_items", R"sql(
INSERT INTO order_items (order_id, position, id, sku, product_id, qty, price_cents, price_given,
                         reservation_id, created_at)
SELECT * FROM unnest($1::uuid[], $2::int2[], $3::uuid[], $4::text[], $5::int8[], $6::int8[], $7::int8[],
                     $8::bool[], $9::uuid[], $10::timestamptz[]))sql"};

constexpr postgres_statement insert_reservations = {"insert_reservations", R"sql(
INSERT INTO reservations (id, sku, qty, holder, state, created_at, deadline, order_id, version, ended_at)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::int8[], $4::text[], $5::text[], $6::timestamptz[],
                     $7::timestamptz[], $8::uuid[], $9::int8[], $10::timestamptz[]))sql"};
/// `owned` says whether `order_id` is the new owner; null is a value of it.
constexpr postgres_statement change_reservations = {"change_reservations", R"sql(
UPDATE reservations r SET version = u.version, state = u.state, ended_at = u.ended_at,
  deadline = COALESCE(u.deadline, r.deadline),
  order_id = CASE WHEN u.owned THEN u.order_id ELSE r.order_id END
  FROM unnest($1::uuid[], $2::int8[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::bool[],
              $7::uuid[])
    AS u (id, version, state, ended_at, deadline, owned, order_id)
 WHERE r.id = u.id)sql"};
constexpr postgres_statement insert_events = {"insert_events", R"sql(
INSERT INTO events (seq, order_id, sku, version, type, tag, occurred_at, data)
SELECT * FROM unnest($1::int8[], $2::uuid[], $3::text[], $4::int8[], $5::text[], $6::int2[],
                     $7::timestamptz[], $8::bytea[]))sql"};

constexpr std::array<postgres_statement, 11> all = {clear_product_ids,   put_products,
                                                    change_products,     insert_orders,
                                                    change_orders,       clear_items,
                                                    insert_items,        insert_reservations,
                                                    change_reservations, postgres_queries::purge_reservations,
                                                    insert_events};

using type = postgres_type;

std::int64_t number(std::uint64_t value) noexcept { return static_cast<std::int64_t>(value); }

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
    version.add(number(row.version));
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
    version.add(number(row.version));
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
    version.add(number(row.version));
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
    version.add(number(row.version));
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
    version.add(number(row.version));
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
  to.add(postgres_queries::purge_reservations, postgres_parameters().add(cutoff).add(number(max)));
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
    seq.add(number(e->seq));
    if (const auto* of_order = std::get_if<order_event>(&e->event)) {
      order_id.add(of_order->order_id);
      sku.add_null();
    } else {
      order_id.add_null();
      sku.add(std::string_view(std::get<stock_event>(e->event).sku));
    }
    std::visit(
        [&](const auto& typed) {
          version.add(number(typed.version));
          name.add(name_of(typed));
          occurred_at.add(typed.at);
        },
        e->event);
    tag.add(static_cast<std::int64_t>(tag_of(e->event)));
    payload.clear();
    encode_event(payload, e->event);
    data.add(std::string_view(payload));
  }
  to.add(insert_events, columns({&seq, &order_id, &sku, &version, &name, &tag, &occurred_at, &data}), n,
         "new events");
}

} // namespace orderd
