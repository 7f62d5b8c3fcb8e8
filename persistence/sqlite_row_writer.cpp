#include "persistence/sqlite_row_writer.hpp"

#include "persistence/event_bytes.hpp"
#include "persistence/event_codec.hpp"
#include "persistence/line_bytes.hpp"
#include "persistence/signed_number.hpp"
#include "persistence/sqlite_queries.hpp"

#include <utility>

namespace orderd {
namespace {

constexpr std::string_view find_stock = "SELECT 1 FROM products WHERE sku = ?1";
constexpr std::string_view clear_product_id =
    "UPDATE products SET product_id = NULL WHERE sku = ?1 AND product_id IS NOT ?2 AND version < ?3";
constexpr std::string_view upsert_stock =
    "INSERT INTO products (sku, product_id, name, price_cents, on_hand, reserved, received, committed, "
    "adjusted_out, "
    "version, updated_at, low_threshold) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) "
    "ON CONFLICT (sku) DO UPDATE SET product_id = ?2, name = ?3, price_cents = ?4, on_hand = ?5, reserved = "
    "?6, "
    "received = ?7, committed = ?8, adjusted_out = ?9, version = ?10, updated_at = ?11, "
    "low_threshold = ?12 WHERE version < ?10";
constexpr std::string_view update_stock =
    "UPDATE products SET on_hand = ?2, reserved = ?3, received = ?4, committed = ?5, adjusted_out = ?6, "
    "version = ?7, updated_at = ?8 WHERE sku = ?1 AND version < ?7";

constexpr std::string_view find_order = "SELECT 1 FROM orders WHERE id = ?1";
constexpr std::string_view upsert_order =
    "INSERT INTO orders (id, customer_id, status, payment, version, currency, total_cents, metadata, "
    "runner_id, failure_code, failure_detail, created_at, updated_at, saga_step, payment_attempt, payee, "
    "delay_rounds, due_at, trouble, stuck, accept_by, placing, payment_keeper) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, "
    "?22, ?23) "
    "ON CONFLICT (id) DO UPDATE SET customer_id = ?2, status = ?3, payment = ?4, version = ?5, currency = "
    "?6, "
    "total_cents = ?7, metadata = ?8, runner_id = ?9, failure_code = ?10, failure_detail = ?11, "
    "created_at = ?12, updated_at = ?13, saga_step = ?14, payment_attempt = ?15, payee = ?16, "
    "delay_rounds = ?17, due_at = ?18, trouble = ?19, stuck = ?20, accept_by = ?21, placing = ?22, "
    "payment_keeper = ?23 "
    "WHERE version < ?5";
/// ?16 to ?19 are set together: of them an absent `due_at` is a value. What was reserved goes with its step.
constexpr std::string_view update_order =
    "UPDATE orders SET version = ?2, updated_at = ?3, status = COALESCE(?4, status), "
    "total_cents = COALESCE(?5, total_cents), metadata = COALESCE(?6, metadata), "
    "runner_id = COALESCE(?7, runner_id), failure_code = COALESCE(?8, failure_code), "
    "failure_detail = COALESCE(?9, failure_detail), payment = COALESCE(?10, payment), "
    "saga_step = COALESCE(?11, saga_step), payment_attempt = COALESCE(?12, payment_attempt), "
    "payee = COALESCE(?13, payee), accept_by = COALESCE(?14, accept_by), "
    "placing = CASE WHEN COALESCE(?11, saga_step) IN (1, 2, 3) THEN COALESCE(?15, placing) END, "
    "delay_rounds = COALESCE(?16, delay_rounds), "
    "due_at = CASE WHEN ?16 IS NULL THEN due_at ELSE ?17 END, trouble = COALESCE(?18, trouble), "
    "stuck = COALESCE(?19, stuck), payment_keeper = COALESCE(?20, payment_keeper) "
    "WHERE id = ?1 AND version < ?2";
constexpr std::string_view withdraw_lines = "DELETE FROM order_items WHERE order_id = ?1 AND EXISTS (SELECT "
                                            "1 FROM orders WHERE id = ?1 AND version < "
                                            "?2)";
constexpr std::string_view withdraw_order = "DELETE FROM orders WHERE id = ?1 AND version < ?2";
constexpr std::string_view clear_lines = "DELETE FROM order_items WHERE order_id = ?1";
constexpr std::string_view insert_line =
    "INSERT OR REPLACE INTO order_items (order_id, position, id, sku, product_id, qty, price_cents, "
    "price_given, "
    "reservation_id, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

constexpr std::string_view find_reservation = "SELECT 1 FROM reservations WHERE id = ?1";
constexpr std::string_view upsert_reservation =
    "INSERT INTO reservations (id, sku, qty, holder, state, created_at, deadline, order_id, version, "
    "ended_at) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) "
    "ON CONFLICT (id) DO UPDATE SET sku = ?2, qty = ?3, holder = ?4, state = ?5, created_at = ?6, deadline = "
    "?7, "
    "order_id = ?8, version = ?9, ended_at = ?10 WHERE version < ?9";
/// ?6 says whether ?7 is the new owner; NULL is a value of it.
constexpr std::string_view update_reservation =
    "UPDATE reservations SET version = ?2, state = ?3, ended_at = ?4, deadline = COALESCE(?5, deadline), "
    "order_id = CASE WHEN ?6 THEN ?7 ELSE order_id END WHERE id = ?1 AND version < ?2";
constexpr std::string_view purge_reservations = "DELETE FROM reservations WHERE id IN (SELECT id FROM "
                                                "reservations WHERE ended_at IS NOT NULL AND ended_at < ?1 "
                                                "ORDER BY ended_at LIMIT ?2)";

constexpr std::string_view insert_event =
    "INSERT INTO events (seq, kind, entity, version, tag, at, data, chain) VALUES "
    "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
constexpr std::string_view insert_aside =
    "INSERT INTO events_aside (seq, kind, entity, version, tag, at, data, reason, set_aside_at) VALUES "
    "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER))";

template <class Enum> std::int64_t number_of(Enum value) noexcept { return static_cast<std::int64_t>(value); }
template <class Enum> std::optional<std::int64_t> number_or_null(std::optional<Enum> value) noexcept {
  return value ? std::optional(number_of(*value)) : std::nullopt;
}
std::optional<std::string_view> text_or_null(const std::string* value) noexcept {
  return value != nullptr ? std::optional<std::string_view>(*value) : std::nullopt;
}
/// Borrows from the event.
sqlite_entity entity_of(const event& e) {
  if (const auto* of_stock = std::get_if<stock_event>(&e))
    return {sqlite_kinds::stock, of_stock->sku};
  if (const auto* of_order = std::get_if<order_event>(&e))
    return {sqlite_kinds::order, bytes_of(of_order->order_id)};
  if (const auto* of_account = std::get_if<account_event>(&e))
    return {sqlite_kinds::account, of_account->account_id};
  return {sqlite_kinds::record, bytes_of(std::get<request_record>(e).key)};
}
std::optional<uuid> id_or_null(const uuid& id) noexcept {
  return id.is_nil() ? std::nullopt : std::optional(id);
}

} // namespace

result<sqlite_row_writer> sqlite_row_writer::prepare(sqlite_connection& connection, sqlite_chain& chain) {
  sqlite_row_writer w(connection, chain);
  const std::pair<sqlite_statement*, std::string_view> statements[] = {
      {&w.find_stock_, find_stock},
      {&w.clear_product_id_, clear_product_id},
      {&w.upsert_stock_, upsert_stock},
      {&w.update_stock_, update_stock},
      {&w.find_order_, find_order},
      {&w.upsert_order_, upsert_order},
      {&w.update_order_, update_order},
      {&w.withdraw_lines_, withdraw_lines},
      {&w.withdraw_order_, withdraw_order},
      {&w.clear_lines_, clear_lines},
      {&w.insert_line_, insert_line},
      {&w.find_reservation_, find_reservation},
      {&w.upsert_reservation_, upsert_reservation},
      {&w.update_reservation_, update_reservation},
      {&w.purge_reservations_, purge_reservations},
      {&w.insert_event_, insert_event},
      {&w.insert_aside_, insert_aside},
  };
  auto prepared = connection.prepare_all(statements);
  if (prepared) {
    prepared = w.ledger_.prepare(connection);
  }
  if (!prepared) {
    return tl::unexpected(prepared.error());
  }
  return w;
}

result<void> sqlite_row_writer::write(const write_set& rows) {
  result<void> done = write_stock(rows.stock);
  const auto write_each = [&](const auto& list) {
    for (auto row = list.begin(); done && row != list.end(); ++row) {
      done = write(*row);
    }
  };
  write_each(rows.orders);
  write_each(rows.reservations);
  if (done) {
    done = ledger_.write(rows);
  }
  for (auto e = rows.events.begin(); done && e != rows.events.end(); ++e) {
    done = write_event(**e);
  }
  for (auto e = rows.aside.begin(); done && e != rows.aside.end(); ++e) {
    done = write_aside(**e, std::nullopt);
  }
  return done;
}

result<void> sqlite_row_writer::purge(timestamp cutoff, std::size_t max) {
  return purge_reservations_.bind(cutoff, signed_number(max)).run();
}

// ---- stock ----

result<void> sqlite_row_writer::write_stock(std::span<const stock_row> rows) {
  // Two items may trade their product ids within one batch: the old ones go before the new ones come.
  for (const stock_row& row : rows) {
    if (row.product == nullptr) {
      continue;
    }
    if (auto done =
            clear_product_id_.bind(row.sku, row.product->product_id, signed_number(row.version)).run();
        !done) {
      return done;
    }
  }
  for (const stock_row& row : rows) {
    if (row.product != nullptr) {
      if (auto done = define(row); !done) {
        return done;
      }
      continue;
    }
    auto done =
        update_stock_
            .bind(row.sku, row.levels.on_hand, row.levels.reserved, row.totals.received, row.totals.committed,
                  row.totals.adjusted_out, signed_number(row.version), row.updated_at)
            .run();
    if (done && connection_->changes() == 0) {
      done = require(*connection_, find_stock_, row.sku, "a stock item");
    }
    if (!done) {
      return done;
    }
  }
  return {};
}

result<void> sqlite_row_writer::define(const stock_row& row) {
  return upsert_stock_
      .bind(row.sku, row.product->product_id, std::string_view(row.product->name), row.product->price,
            row.levels.on_hand, row.levels.reserved, row.totals.received, row.totals.committed,
            row.totals.adjusted_out, signed_number(row.version), row.updated_at, row.product->low_threshold)
      .run();
}

// ---- orders ----

result<void> sqlite_row_writer::write(const order_row& row) {
  if (row.withdrawn) {
    return withdraw(row);
  }
  auto done = row.created != nullptr ? insert(row) : update(row);
  if (!done) {
    return done;
  }
  if (connection_->changes() == 0) {
    // The stored row is newer, and so are its lines.
    return require(*connection_, find_order_, row.id, "an order");
  }
  return row.lines != nullptr ? write_lines(row) : result<void>();
}

/// What is reserved, as bytes that live until the next row is written.
std::optional<blob_view> sqlite_row_writer::placing_of(const order_row& row) {
  if (row.placing == nullptr || !is_placement(row.step.value_or(saga_step::none))) {
    return std::nullopt;
  }
  payload_.clear();
  byte_writer out(payload_);
  put(out, *row.placing);
  return blob_view{payload_};
}

result<void> sqlite_row_writer::insert(const order_row& row) {
  const order_failure* failure = row.failure;
  const saga_delay delay = row.delay.value_or(saga_delay{});
  return upsert_order_
      .bind(row.id, std::string_view(row.created->customer_id),
            number_of(row.status.value_or(order_status::draft)),
            number_of(row.payment.value_or(payment_status::none)), signed_number(row.version),
            std::string_view(row.created->currency), row.total.value_or(0), std::string_view(*row.metadata),
            text_or_null(row.runner_id).value_or(""),
            text_or_null(failure != nullptr ? &failure->code : nullptr),
            text_or_null(failure != nullptr ? &failure->detail : nullptr), row.created_at, row.updated_at,
            number_of(row.step.value_or(saga_step::none)), signed_number(row.attempt.value_or(0)),
            text_or_null(row.payee).value_or(""), std::int64_t{delay.rounds}, delay.due_at,
            std::string_view(delay.trouble), std::int64_t{delay.stuck}, row.accept_by, placing_of(row),
            number_of(row.keeper.value_or(payment_keeper::none)))
      .run();
}

result<void> sqlite_row_writer::update(const order_row& row) {
  const order_failure* failure = row.failure;
  const saga_delay delay = row.delay.value_or(saga_delay{});
  const auto of_delay = [&](auto value) { return row.delay ? std::optional(value) : std::nullopt; };
  return update_order_
      .bind(row.id, signed_number(row.version), row.updated_at, number_or_null(row.status), row.total,
            text_or_null(row.metadata), text_or_null(row.runner_id),
            text_or_null(failure != nullptr ? &failure->code : nullptr),
            text_or_null(failure != nullptr ? &failure->detail : nullptr), number_or_null(row.payment),
            number_or_null(row.step), row.attempt ? std::optional(signed_number(*row.attempt)) : std::nullopt,
            text_or_null(row.payee), row.accept_by, placing_of(row), of_delay(std::int64_t{delay.rounds}),
            delay.due_at, of_delay(std::string_view(delay.trouble)), of_delay(std::int64_t{delay.stuck}),
            number_or_null(row.keeper))
      .run();
}

/// Nobody was told of it: only its events stay.
result<void> sqlite_row_writer::withdraw(const order_row& row) {
  auto done = withdraw_lines_.bind(row.id, signed_number(row.version)).run();
  if (done) {
    done = withdraw_order_.bind(row.id, signed_number(row.version)).run();
  }
  if (done && connection_->changes() == 0 && row.created == nullptr) {
    done = require(*connection_, find_order_, row.id, "an order");
  }
  return done;
}

result<void> sqlite_row_writer::write_lines(const order_row& row) {
  if (row.created == nullptr) {
    if (auto done = clear_lines_.bind(row.id).run(); !done) {
      return done;
    }
  }
  std::int64_t position = 0;
  for (const order_line& line : *row.lines) {
    auto done = insert_line_
                    .bind(row.id, position++, line.id, std::string_view(line.sku), line.product_id, line.qty,
                          line.price, std::int64_t{line.price_given}, line.reservation, line.created_at)
                    .run();
    if (!done) {
      return done;
    }
  }
  return {};
}

// ---- reservations ----

result<void> sqlite_row_writer::write(const reservation_row& row) {
  if (row.made != nullptr) {
    return upsert_reservation_
        .bind(row.id, row.sku, row.made->qty, std::string_view(row.made->holder), number_of(row.state),
              row.made->created_at, row.deadline, id_or_null(*row.order_id), signed_number(row.version),
              row.ended_at)
        .run();
  }
  auto done = update_reservation_
                  .bind(row.id, signed_number(row.version), number_of(row.state), row.ended_at, row.deadline,
                        std::int64_t{row.order_id.has_value()}, id_or_null(row.order_id.value_or(uuid{})))
                  .run();
  if (done && connection_->changes() == 0) {
    done = require(*connection_, find_reservation_, row.id, "a reservation");
  }
  return done;
}

// ---- events ----

result<void> sqlite_row_writer::write_event(const sequenced_event& e) {
  encode(e);
  const sqlite_entity entity = entity_of(e.event);
  if (entity.kind == sqlite_kinds::record)
    return insert(insert_event_, e, entity, std::optional<blob_view>());
  const auto link = chain_->link(entity, version_of(e.event), tag_of(e.event), payload_);
  return link ? insert(insert_event_, e, entity, std::optional(blob_view{bytes_of(*link)}))
              : tl::unexpected(link.error());
}

result<void> sqlite_row_writer::write_aside(const sequenced_event& e,
                                            std::optional<std::string_view> reason) {
  encode(e);
  return insert(insert_aside_, e, entity_of(e.event), reason);
}

void sqlite_row_writer::encode(const sequenced_event& e) {
  payload_.clear();
  encode_for_history(payload_, e.event);
}

template <class Last>
result<void> sqlite_row_writer::insert(sqlite_statement& into, const sequenced_event& e,
                                       const sqlite_entity& entity, const Last& last) {
  const auto of = [&](const auto& key) {
    return into
        .bind(signed_number(e.seq), entity.kind, key, signed_number(version_of(e.event)),
              number_of(tag_of(e.event)), time_of(e.event), blob_view{payload_}, last)
        .run();
  };
  const bool is_named = entity.kind == sqlite_kinds::stock || entity.kind == sqlite_kinds::account;
  return is_named ? of(entity.key) : of(blob_view{entity.key});
}

} // namespace orderd
