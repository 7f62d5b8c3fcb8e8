#include "persistence/line_bytes.hpp"
#include "persistence/postgres_row_statements.hpp"
#include "persistence/postgres_row_writer.hpp"
#include "persistence/signed_number.hpp"

#include <algorithm>
#include <string>

// Orders with their lines.

namespace orderd {
namespace {

using namespace postgres_row_texts;
using type = postgres_type;

void add_text(postgres_array& to, const std::string* value) {
  value != nullptr ? to.add(std::string_view(*value)) : to.add_null();
}

/// The columns of an order's saga. Null is what a batch does not change; a new row has all that it must have.
struct saga_columns {
  explicit saga_columns(std::size_t n)
      : payment(type::text, n), step(type::text, n), placing(type::bytea, n), attempt(type::int8, n),
        payee(type::text, n), rounds(type::int8, n), due_at(type::timestamptz, n), trouble(type::text, n),
        stuck(type::boolean, n), accept_by(type::timestamptz, n), keeper(type::text, n) {}

  void add(const order_row& row) {
    const bool is_new = row.created != nullptr;
    row.payment || is_new ? payment.add(to_text(row.payment.value_or(payment_status::none)))
                          : payment.add_null();
    row.step || is_new ? step.add(to_text(row.step.value_or(saga_step::none))) : step.add_null();
    add_placing(row.step && is_placement(*row.step) ? row.placing : nullptr);
    row.attempt ? attempt.add(signed_number(*row.attempt)) : attempt.add_null();
    add_text(payee, row.payee);
    add_delay(row.delay);
    accept_by.add(row.accept_by);
    row.keeper || is_new ? keeper.add(to_text(row.keeper.value_or(payment_keeper::none))) : keeper.add_null();
  }

  postgres_array payment, step, placing, attempt, payee, rounds, due_at, trouble, stuck, accept_by, keeper;

 private:
  void add_placing(const order_placing* reserved) {
    if (reserved == nullptr) {
      return placing.add_null();
    }
    bytes_.clear();
    byte_writer out(bytes_);
    put(out, *reserved);
    placing.add(std::string_view(bytes_));
  }

  void add_delay(const std::optional<saga_delay>& delay) {
    if (!delay) {
      rounds.add_null();
      due_at.add_null();
      trouble.add_null();
      stuck.add_null();
      return;
    }
    rounds.add(static_cast<std::int64_t>(delay->rounds));
    due_at.add(delay->due_at);
    add_text(trouble, delay->trouble.empty() ? nullptr : &delay->trouble);
    stuck.add(delay->stuck);
  }

  std::string bytes_;
};

bool is_new(const order_row& row) { return row.created != nullptr && !row.withdrawn; }
bool is_changed(const order_row& row) { return row.created == nullptr && !row.withdrawn; }

void add_new_orders(postgres_transaction& to, std::span<const order_row> rows, std::size_t n) {
  postgres_array id(type::uuid, n), customer(type::text, n), status(type::text, n), version(type::int8, n),
      currency(type::text, n), total(type::int8, n), metadata(type::json, n), runner(type::text, n),
      failure_code(type::text, n), failure_detail(type::text, n), created_at(type::timestamptz, n),
      updated_at(type::timestamptz, n);
  saga_columns saga(n);
  for (const order_row& row : rows) {
    if (!is_new(row)) {
      continue;
    }
    id.add(row.id);
    customer.add(std::string_view(row.created->customer_id));
    status.add(to_text(row.status.value_or(order_status::draft)));
    version.add(signed_number(row.version));
    currency.add(std::string_view(row.created->currency));
    total.add(row.total.value_or(0));
    metadata.add(std::string_view(*row.metadata));
    add_text(runner, row.runner_id);
    add_text(failure_code, row.failure != nullptr ? &row.failure->code : nullptr);
    add_text(failure_detail, row.failure != nullptr ? &row.failure->detail : nullptr);
    created_at.add(row.created_at);
    updated_at.add(row.updated_at);
    saga.add(row);
  }
  to.add(insert_orders,
         columns({&id,          &customer,     &status,       &saga.payment,   &version,        &currency,
                  &total,       &metadata,     &runner,       &failure_code,   &failure_detail, &created_at,
                  &updated_at,  &saga.step,    &saga.placing, &saga.attempt,   &saga.payee,     &saga.rounds,
                  &saga.due_at, &saga.trouble, &saga.stuck,   &saga.accept_by, &saga.keeper}),
         n, "new orders");
}

void add_changed_orders(postgres_transaction& to, std::span<const order_row> rows, std::size_t n) {
  postgres_array id(type::uuid, n), version(type::int8, n), updated_at(type::timestamptz, n),
      status(type::text, n), total(type::int8, n), metadata(type::json, n), runner(type::text, n),
      failure_code(type::text, n), failure_detail(type::text, n);
  saga_columns saga(n);
  for (const order_row& row : rows) {
    if (!is_changed(row)) {
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
    saga.add(row);
  }
  to.add(change_orders, columns({&id,          &version,      &updated_at,   &status,         &total,
                                 &metadata,    &runner,       &failure_code, &failure_detail, &saga.payment,
                                 &saga.step,   &saga.placing, &saga.attempt, &saga.payee,     &saga.rounds,
                                 &saga.due_at, &saga.trouble, &saga.stuck,   &saga.accept_by, &saga.keeper}),
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
    if (row.lines == nullptr || row.withdrawn) {
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

/// Orders that never came to be: those that are rows already go, with their lines.
void add_withdrawals(postgres_transaction& to, std::span<const order_row> rows) {
  postgres_array stored(type::uuid);
  for (const order_row& row : rows) {
    if (row.withdrawn && row.created == nullptr) {
      stored.add(row.id);
    }
  }
  if (stored.size() > 0) {
    to.add(clear_items, columns({&stored}));
    to.add(drop_orders, columns({&stored}), stored.size(), "withdrawn orders");
  }
}

} // namespace

void add_orders(postgres_transaction& to, std::span<const order_row> rows) {
  const auto created = static_cast<std::size_t>(std::count_if(rows.begin(), rows.end(), is_new));
  const auto changed = static_cast<std::size_t>(std::count_if(rows.begin(), rows.end(), is_changed));
  if (created > 0) {
    add_new_orders(to, rows, created);
  }
  if (changed > 0) {
    add_changed_orders(to, rows, changed);
  }
  add_items(to, rows);
  if (created + changed < rows.size()) {
    add_withdrawals(to, rows);
  }
}

} // namespace orderd
