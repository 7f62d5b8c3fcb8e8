#include "persistence/sqlite_snapshot.hpp"

#include "persistence/sqlite_events.hpp"
#include "persistence/sqlite_history_queries.hpp"
#include "persistence/sqlite_migrations.hpp"
#include "persistence/sqlite_queries.hpp"
#include "persistence/sqlite_rows.hpp"

#include <utility>

namespace orderd {
namespace {

constexpr std::array kinds{entity_kind::stock, entity_kind::order, entity_kind::account};
static_assert(static_cast<std::int64_t>(entity_kind::stock) == sqlite_kinds::stock &&
              static_cast<std::int64_t>(entity_kind::order) == sqlite_kinds::order &&
              static_cast<std::int64_t>(entity_kind::account) == sqlite_kinds::account);

template <class Cursor> Cursor& of(std::array<Cursor, 3>& cursors, entity_kind kind) {
  return cursors[static_cast<std::size_t>(kind)];
}

} // namespace

result<std::unique_ptr<audit_snapshot>> sqlite_snapshot::open(const std::string& path, sqlite_access access,
                                                              sqlite_snapshots_open among) {
  auto connection = sqlite_connection::open(path, access);
  if (!connection)
    return tl::unexpected(connection.error());
  if (auto schema = check_schema(*connection, sqlite_migrations()); !schema)
    return tl::unexpected(schema.error());
  std::unique_ptr<sqlite_snapshot> snapshot(new sqlite_snapshot(std::move(*connection), std::move(among)));
  if (auto prepared = snapshot->prepare(); !prepared)
    return tl::unexpected(prepared.error());
  return std::unique_ptr<audit_snapshot>(std::move(snapshot));
}

result<void> sqlite_snapshot::prepare() {
  namespace sql = sqlite_queries;
  const std::pair<sqlite_statement*, std::string_view> statements[] = {
      {&of(entities_, entity_kind::stock).rows, sql::each_stock},
      {&of(entities_, entity_kind::order).rows, sql::each_order},
      {&of(entities_, entity_kind::account).rows, sql::each_account},
      {&of(events_, entity_kind::stock).rows, sql::each_stock_event},
      {&of(events_, entity_kind::order).rows, sql::each_order_event},
      {&of(events_, entity_kind::account).rows, sql::each_account_event},
      {&of(checkpoints_, entity_kind::stock).rows, sql::each_checkpoint},
      {&of(checkpoints_, entity_kind::order).rows, sql::each_checkpoint},
      {&of(checkpoints_, entity_kind::account).rows, sql::each_checkpoint},
      {&reservations_, sql::active_reservations},
      {&lines_, sql::load_lines},
      {&holds_, sql::load_holds},
  };
  if (auto prepared = connection_.prepare_all(statements); !prepared)
    return prepared;
  for (const entity_kind kind : kinds)
    of(checkpoints_, kind).rows.bind(static_cast<std::int64_t>(kind));
  auto moment = sqlite_transaction::begin(connection_, false);
  if (!moment)
    return tl::unexpected(moment.error());
  moment_.emplace(std::move(*moment));
  // The moment is that of the first read.
  const auto read = connection_.integer(sql::last_seq);
  return read ? result<void>() : tl::unexpected(read.error());
}

/// Whether there is another row. A statement that has ended would begin again.
result<bool> sqlite_snapshot::step(cursor& rows) {
  if (rows.at_end)
    return false;
  const auto row = rows.rows.step();
  rows.at_end = !row || !*row;
  return row;
}

result<history_span> sqlite_snapshot::span() {
  history_span found;
  const std::pair<std::uint64_t*, std::string_view> figures[] = {
      {&found.dropped_to, sqlite_queries::dropped_to},
      {&found.last_seq, sqlite_queries::last_seq},
      {&found.kept, "SELECT COUNT(*) FROM events"},
      {&found.aside, "SELECT COUNT(*) FROM events_aside"},
  };
  for (const auto& [figure, text] : figures) {
    const auto read = connection_.integer(text);
    if (!read)
      return tl::unexpected(read.error());
    *figure = static_cast<std::uint64_t>(*read);
  }
  found.kept += found.aside;
  auto node = connection_.prepare("SELECT identity, unchained_from IS NOT NULL FROM node");
  const auto read = node ? node->each([&](const sqlite_statement& row) {
    found.identity = row.id(0);
    found.has_unlinked = row.integer(1) != 0;
  })
                         : tl::unexpected(node.error());
  return read ? result<history_span>(found) : tl::unexpected(read.error());
}

// ---- rows ----

result<std::optional<stored_entity>> sqlite_snapshot::next_entity(entity_kind kind) {
  cursor& rows = of(entities_, kind);
  const auto row = step(rows);
  if (!row || !*row)
    return row ? result<std::optional<stored_entity>>() : tl::unexpected(row.error());
  switch (kind) {
  case entity_kind::stock:
    return item_of(rows.rows);
  case entity_kind::order:
    return order_of_row(rows.rows);
  case entity_kind::account:
    break;
  }
  return account_of_row(rows.rows);
}

result<stored_entity> sqlite_snapshot::item_of(const sqlite_statement& row) {
  stored_stock found{view_of(row), totals_of(row), {}};
  auto read =
      reservations_.bind(std::string_view(found.view.product.sku)).each([&](const sqlite_statement& each) {
        found.active.push_back(reservation_of(each).reservation);
      });
  if (!read)
    return tl::unexpected(read.error());
  entity_key key{entity_kind::stock, found.view.product.sku};
  return stored_entity{std::move(key), std::move(found)};
}

result<stored_entity> sqlite_snapshot::order_of_row(const sqlite_statement& row) {
  constexpr int id_column = 22;
  order found = order_of(row.id(id_column), row);
  const bool is_sound = read_placing_into(found, row);
  auto read =
      lines_.bind(found.id).each([&](const sqlite_statement& each) { found.lines.push_back(line_of(each)); });
  if (!read)
    return tl::unexpected(read.error());
  if (!is_sound)
    return fail(error_code::damaged, "the row of the order " + to_string(found.id) +
                                         " holds bytes that are nothing an order could have reserved");
  entity_key key{entity_kind::order, std::string(bytes_of(found.id))};
  return stored_entity{std::move(key), std::make_shared<const order>(std::move(found))};
}

result<stored_entity> sqlite_snapshot::account_of_row(const sqlite_statement& row) {
  constexpr int id_column = 8;
  const std::string id(row.text(id_column));
  stored_account found{account_of(id, row), account_totals_of(row), {}};
  auto read = holds_.bind(std::string_view(id)).each([&](const sqlite_statement& each) {
    found.holds.push_back(hold_of(each));
  });
  if (!read)
    return tl::unexpected(read.error());
  return stored_entity{{entity_kind::account, id}, std::move(found)};
}

// ---- the history ----

result<std::optional<sequenced_event>> sqlite_snapshot::next_event(entity_kind kind) {
  cursor& rows = of(events_, kind);
  const auto row = step(rows);
  if (!row || !*row)
    return row ? result<std::optional<sequenced_event>>() : tl::unexpected(row.error());
  return read_event(rows.rows);
}

result<std::optional<history_checkpoint>> sqlite_snapshot::next_checkpoint(entity_kind kind) {
  cursor& rows = of(checkpoints_, kind);
  const auto row = step(rows);
  if (!row || !*row)
    return row ? result<std::optional<history_checkpoint>>() : tl::unexpected(row.error());
  return checkpoint_of(kind, rows.rows);
}

// ---- what is open, and what is aside ----

result<std::vector<obligation>> sqlite_snapshot::open_obligations() { return read_obligations(connection_); }

result<std::vector<payout_due>> sqlite_snapshot::open_payouts() { return read_payouts(connection_); }

result<std::vector<entity_key>> sqlite_snapshot::aside() {
  auto statement = connection_.prepare("SELECT DISTINCT kind, entity FROM events_aside");
  if (!statement)
    return tl::unexpected(statement.error());
  std::vector<entity_key> found;
  auto read = statement->each([&](const sqlite_statement& row) {
    found.push_back({static_cast<entity_kind>(row.integer(0)), std::string(row.text(1))});
  });
  return read ? result<std::vector<entity_key>>(std::move(found)) : tl::unexpected(read.error());
}

} // namespace orderd
