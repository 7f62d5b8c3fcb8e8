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

constexpr std::array all = {clear_product_ids,
                            put_products,
                            change_products,
                            insert_orders,
                            change_orders,
                            clear_items,
                            insert_items,
                            drop_orders,
                            insert_reservations,
                            change_reservations,
                            postgres_queries::purge_reservations,
                            insert_accounts,
                            change_accounts,
                            put_holds,
                            escrow_holds,
                            drop_holds,
                            put_requests,
                            postgres_queries::purge_requests,
                            insert_events};

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
  postgres_array sku(type::text, n), product_id(type::int8, n), name(type::text, n), price(type::int8, n),
      low_threshold(type::int8, n);
  level_columns levels(n);
  for (const stock_row& row : rows) {
    if (row.product == nullptr) {
      continue;
    }
    sku.add(row.sku);
    product_id.add(row.product->product_id);
    name.add(std::string_view(row.product->name));
    price.add(row.product->price);
    low_threshold.add(row.product->low_threshold);
    levels.add(row);
  }
  // Two items may trade their product ids within one batch: the old ones go before the new ones come.
  to.add(clear_product_ids, columns({&sku, &product_id}));
  to.add(
      put_products,
      columns({&sku, &product_id, &name, &price, &levels.on_hand, &levels.reserved, &levels.received,
               &levels.committed, &levels.adjusted_out, &levels.version, &levels.updated_at, &low_threshold}),
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
    order_id.add_unless_nil(*row.order_id);
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
    order_id.add_unless_nil(row.order_id.value_or(uuid{}));
  }
  to.add(change_reservations, columns({&id, &version, &state, &ended_at, &deadline, &owned, &order_id}), n,
         "reservations");
}

// ---- events ----

/// What an event happened to: one of four.
struct entity_columns {
  explicit entity_columns(std::size_t n)
      : order_id(type::uuid, n), sku(type::text, n), account_id(type::text, n), request(type::uuid, n) {}

  void add(const event& e) {
    const auto* of_order = std::get_if<order_event>(&e);
    const auto* of_stock = std::get_if<stock_event>(&e);
    const auto* of_account = std::get_if<account_event>(&e);
    const auto* record = std::get_if<request_record>(&e);
    of_order != nullptr ? order_id.add(of_order->order_id) : order_id.add_null();
    of_stock != nullptr ? sku.add(std::string_view(of_stock->sku)) : sku.add_null();
    of_account != nullptr ? account_id.add(std::string_view(of_account->account_id)) : account_id.add_null();
    record != nullptr ? request.add(record->key) : request.add_null();
  }

  postgres_array order_id, sku, account_id, request;
};

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

void add_events(postgres_transaction& to, std::span<const sequenced_event* const> events,
                postgres_chain& chain) {
  const std::size_t n = events.size();
  if (n == 0) {
    return;
  }
  postgres_array seq(type::int8, n), version(type::int8, n), name(type::text, n), tag(type::int2, n),
      occurred_at(type::timestamptz, n), data(type::bytea, n), link(type::bytea, n);
  entity_columns entity(n);
  std::string payload;
  for (const sequenced_event* e : events) {
    seq.add(signed_number(e->seq));
    entity.add(e->event);
    version.add(static_cast<std::int64_t>(version_of(e->event)));
    name.add(name_of(e->event));
    occurred_at.add(time_of(e->event));
    tag.add(static_cast<std::int64_t>(tag_of(e->event)));
    payload.clear();
    encode_for_history(payload, e->event);
    data.add(std::string_view(payload));
    if (std::holds_alternative<request_record>(e->event)) {
      link.add_null();
    } else {
      link.add(link_bytes(chain.follow(place_of(e->event), tag_of(e->event), payload)));
    }
  }
  to.add(insert_events,
         columns({&seq, &entity.order_id, &entity.sku, &entity.account_id, &entity.request, &version, &name,
                  &tag, &occurred_at, &data, &link}),
         n, "new events");
}

} // namespace orderd
