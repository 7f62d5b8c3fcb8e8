#include "persistence/sqlite_rows.hpp"

#include "persistence/line_bytes.hpp"
#include "persistence/sqlite_chain.hpp"
#include "persistence/sqlite_history_queries.hpp"
#include "persistence/sqlite_queries.hpp"
#include "persistence/write_set.hpp"

#include <utility>

namespace orderd {

// ---- orders ----

order order_of(const uuid& id, const sqlite_statement& row) {
  order o;
  o.id = id;
  o.customer_id = row.text(0);
  o.status = static_cast<order_status>(row.integer(1));
  o.payment = static_cast<payment_status>(row.integer(2));
  o.version = static_cast<std::uint64_t>(row.integer(3));
  o.currency = row.text(4);
  o.total = row.integer(5);
  o.metadata = row.text(6);
  o.runner_id = row.text(7);
  if (!row.is_null(8)) {
    o.failure = order_failure{std::string(row.text(8)), std::string(row.text(9))};
  }
  o.created_at = row.time(10);
  o.updated_at = row.time(11);
  o.step = static_cast<saga_step>(row.integer(12));
  o.attempt = static_cast<std::uint64_t>(row.integer(13));
  o.payee = row.text(14);
  o.delay = {static_cast<std::uint32_t>(row.integer(15)), row.optional_time(16), std::string(row.text(17)),
             row.integer(18) != 0};
  o.accept_by = row.optional_time(19);
  o.keeper = static_cast<payment_keeper>(row.integer(21));
  return o;
}

/// Whether the column holds what a placement has reserved, or nothing.
bool read_placing_into(order& o, const sqlite_statement& row) {
  constexpr int column = 20;
  if (row.is_null(column))
    return true;
  byte_reader in(row.text(column));
  o.placing = read_placing(in);
  return in.ended_well() && !o.placing.lines.empty();
}

order_line line_of(const sqlite_statement& row) {
  order_line line;
  line.id = row.id(0);
  line.sku = row.text(1);
  line.product_id = row.optional_integer(2);
  line.qty = row.integer(3);
  line.price = row.optional_integer(4);
  line.price_given = row.integer(5) != 0;
  if (!row.is_null(6)) {
    line.reservation = row.id(6);
  }
  line.created_at = row.time(7);
  return line;
}

// ---- stock ----

product product_of(const sqlite_statement& row) {
  return {std::string(row.text(0)), row.optional_integer(1), std::string(row.text(2)), row.integer(3),
          row.optional_integer(4)};
}

stock_view view_of(const sqlite_statement& row) {
  return {product_of(row),
          {row.integer(5), row.integer(6)},
          static_cast<std::uint64_t>(row.integer(7)),
          row.time(8)};
}

stored_reservation reservation_of(const sqlite_statement& row) {
  stored_reservation stored;
  reservation& r = stored.reservation;
  r.id = row.id(0);
  stored.sku = row.text(1);
  r.qty = row.integer(2);
  r.holder = row.text(3);
  r.created_at = row.time(4);
  r.order_id = row.id(6);
  set_expiry(r, row.optional_time(5));
  stored.state = static_cast<reservation_state>(row.integer(7));
  return stored;
}

stock_totals totals_of(const sqlite_statement& row) {
  return {row.integer(9), row.integer(10), row.integer(11)};
}

// ---- accounts ----

account_view account_of(const std::string& id, const sqlite_statement& row) {
  return {id,
          {row.integer(0), row.integer(1)},
          static_cast<std::uint64_t>(row.integer(2)),
          row.time(3),
          row.time(4)};
}

account_totals account_totals_of(const sqlite_statement& row) {
  return {row.integer(5), row.integer(6), row.integer(7)};
}

account_hold hold_of(const sqlite_statement& row) {
  return {row.id(0), static_cast<std::uint64_t>(row.integer(1)), row.integer(2), row.integer(3) != 0};
}

// ---- the history ----

result<history_checkpoint> checkpoint_of(entity_kind kind, const sqlite_statement& row) {
  history_checkpoint found{{kind, std::string(row.text(0))},
                           static_cast<std::uint64_t>(row.integer(1)),
                           static_cast<std::uint64_t>(row.integer(2)),
                           row.time(3),
                           {},
                           std::string(row.text(5))};
  const auto link = read_link(row, 4);
  if (!link)
    return fail(error_code::damaged, "the checkpoint of the " + std::string(to_text(kind)) + " " +
                                         shown_key(found.entity) + " has no link");
  found.link = *link;
  return found;
}

// ---- what is open ----

result<std::vector<obligation>> read_obligations(sqlite_connection& connection) {
  auto statement = connection.prepare(sqlite_queries::open_obligations);
  if (!statement) {
    return tl::unexpected(statement.error());
  }
  std::vector<obligation> open;
  auto read = statement->each([&](const sqlite_statement& row) {
    open.push_back(
        {std::string(row.text(1)), row.id(0), row.id(2), static_cast<order_verdict>(row.integer(3))});
  });
  return read ? result<std::vector<obligation>>(std::move(open)) : tl::unexpected(read.error());
}

result<std::vector<payout_due>> read_payouts(sqlite_connection& connection) {
  auto statement = connection.prepare(sqlite_queries::open_payouts);
  if (!statement) {
    return tl::unexpected(statement.error());
  }
  std::vector<payout_due> due;
  auto read = statement->each([&](const sqlite_statement& row) {
    due.push_back({row.id(0), std::string(row.text(1)), std::string(row.text(2)), row.integer(3)});
  });
  return read ? result<std::vector<payout_due>>(std::move(due)) : tl::unexpected(read.error());
}

} // namespace orderd
