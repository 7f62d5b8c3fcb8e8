#include "persistence/postgres_snapshot.hpp"

#include "persistence/postgres_aside.hpp"
#include "persistence/postgres_chain.hpp"
#include "persistence/postgres_history.hpp"
#include "persistence/postgres_obligations.hpp"
#include "persistence/postgres_queries.hpp"
#include "persistence/postgres_rows_read.hpp"
#include "persistence/signed_number.hpp"

#include <chrono>
#include <string>
#include <utility>

namespace orderd {
namespace {

namespace sql = postgres_queries;

/// As good as none: a server that is gone shows in its connection, which has timeouts of its own.
constexpr std::chrono::hours statement_longest{24};

std::vector<postgres_statement> all_statements() {
  std::vector<postgres_statement> all = {sql::begin, sql::last_seq, sql::history_span};
  for (const sql::postgres_scan& scan : sql::all_scans) {
    all.push_back(scan.fetch);
  }
  for (const auto part : {postgres_aside::statements(), postgres_obligations::statements()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

std::size_t index_of(entity_kind kind) noexcept { return static_cast<std::size_t>(kind); }

/// Calls `take` for each of the rows that belong to `key`, which is in their column `column`, and passes over
/// those of entities before it, which have no row. Goes to the end of them after an error of `take`, too.
template <class Take>
result<void> take_parts(postgres_cursor& parts, postgres_connection& connection, std::string_view key,
                        int column, const Take& take) {
  result<void> taken;
  for (;;) {
    const auto more = parts.ready(connection);
    if (!more) {
      return tl::unexpected(more.error());
    }
    const std::string_view owner = *more ? parts.rows().text(parts.row(), column) : std::string_view();
    if (!*more || owner > key) {
      return taken;
    }
    if (owner == key && taken) {
      taken = take(parts.rows(), parts.row());
    }
    parts.pass();
  }
}

/// The event of a row of `scan_events`.
result<sequenced_event> stored_event(const postgres_rows& rows, std::size_t row, entity_kind kind) {
  const std::string name = "event " + std::to_string(rows.integer(row, 0));
  auto decoded = event_of(rows, row, 1);
  if (!decoded) {
    return fail(error_code::damaged, name + ": " + decoded.error().detail);
  }
  const entity_key key{kind, std::string(rows.text(row, 4))};
  if (std::holds_alternative<request_record>(*decoded) || key_of(*decoded) != key ||
      signed_number(version_of(*decoded)) != rows.integer(row, 5)) {
    return fail(error_code::damaged, name + ": its row says that it is version " +
                                         std::to_string(rows.integer(row, 5)) + " of the " +
                                         std::string(to_text(kind)) + " " + shown_key(key) +
                                         ", and its data that it is another");
  }
  sequenced_event found{static_cast<std::uint64_t>(rows.integer(row, 0)), std::move(*decoded)};
  found.link = link_of(rows, row, 3);
  return found;
}

} // namespace

result<bool> postgres_cursor::ready(postgres_connection& connection) {
  if (page_ && row_ < page_->size()) {
    return true;
  }
  if (has_ended_) {
    return false;
  }
  if (!page_) {
    const std::string declared =
        std::string("DECLARE ") + of_->select.name + " NO SCROLL CURSOR FOR " + of_->select.sql;
    if (auto made = connection.execute(declared); !made) {
      return tl::unexpected(made.error());
    }
  }
  auto fetched = connection.run(of_->fetch, {});
  if (!fetched) {
    return tl::unexpected(fetched.error());
  }
  page_ = std::move(*fetched);
  row_ = 0;
  has_ended_ = page_->size() == 0;
  return !has_ended_;
}

result<std::unique_ptr<postgres_snapshot>> postgres_snapshot::open(postgres_options options,
                                                                   const postgres_position& position) {
  const auto committed = position.seq();
  options.statement_timeout = statement_longest;
  const auto statements = all_statements();
  auto connection = postgres_connection::open(options, statements);
  if (!connection) {
    return tl::unexpected(connection.error());
  }
  if (auto set = connection->execute(sql::session); !set) {
    return tl::unexpected(set.error());
  }
  if (auto begun = connection->run(sql::begin, {}); !begun) {
    return tl::unexpected(begun.error());
  }
  const auto node = connection->run(sql::last_seq, {});
  if (!node) {
    return tl::unexpected(node.error());
  }
  const auto stored = static_cast<std::uint64_t>(node->size() == 1 ? node->integer(0, 0) : 0);
  if (stored < committed) {
    return fail(error_code::behind, "the database has gone back from event " + std::to_string(committed) +
                                        " to " + std::to_string(stored));
  }
  return std::unique_ptr<postgres_snapshot>(new postgres_snapshot(std::move(*connection)));
}

postgres_snapshot::postgres_snapshot(postgres_connection connection)
    : connection_(std::move(connection)),
      entities_{{{postgres_cursor(sql::scan_products), postgres_cursor(sql::scan_reservations)},
                 {postgres_cursor(sql::scan_orders), postgres_cursor(sql::scan_items)},
                 {postgres_cursor(sql::scan_accounts), postgres_cursor(sql::scan_holds)}}},
      events_{postgres_cursor(sql::scan_events[0]), postgres_cursor(sql::scan_events[1]),
              postgres_cursor(sql::scan_events[2])},
      checkpoints_{postgres_cursor(sql::scan_checkpoints[0]), postgres_cursor(sql::scan_checkpoints[1]),
                   postgres_cursor(sql::scan_checkpoints[2])} {}

result<history_span> postgres_snapshot::span() {
  const auto rows = connection_.run(sql::history_span, {});
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  if (rows->size() != 1) {
    return damaged_rows("a node without its row");
  }
  history_span found;
  found.dropped_to = static_cast<std::uint64_t>(rows->integer(0, 0));
  found.last_seq = static_cast<std::uint64_t>(rows->integer(0, 1));
  found.aside = static_cast<std::uint64_t>(rows->integer(0, 3));
  found.kept = static_cast<std::uint64_t>(rows->integer(0, 2)) + found.aside;
  found.identity = rows->id(0, 4);
  found.has_unlinked = rows->integer(0, 5) != 0;
  return found;
}

// ---- entities ----

result<std::optional<stored_entity>> postgres_snapshot::next_entity(entity_kind kind) {
  const auto more = entities_[index_of(kind)].entities.ready(connection_);
  if (!more || !*more) {
    return more ? result<std::optional<stored_entity>>() : tl::unexpected(more.error());
  }
  switch (kind) {
  case entity_kind::stock:
    return next_stock();
  case entity_kind::order:
    return next_order();
  case entity_kind::account:
    break;
  }
  return next_account();
}

result<std::optional<stored_entity>> postgres_snapshot::next_stock() {
  auto& [items, reservations] = entities_[index_of(entity_kind::stock)];
  constexpr int first_of_totals = 9;
  stored_stock stock{stock_view_of(items.rows(), items.row(), 0),
                     {items.rows().integer(items.row(), first_of_totals),
                      items.rows().integer(items.row(), first_of_totals + 1),
                      items.rows().integer(items.row(), first_of_totals + 2)},
                     {}};
  items.pass();
  entity_key key{entity_kind::stock, stock.view.product.sku};
  const auto take = [&](const postgres_rows& rows, std::size_t row) -> result<void> {
    auto stored = reservation_of(rows, row);
    if (!stored) {
      return tl::unexpected(stored.error());
    }
    stock.active.push_back(std::move(stored->reservation));
    return {};
  };
  if (auto taken = take_parts(reservations, connection_, key.key, 1, take); !taken) {
    return tl::unexpected(taken.error());
  }
  return stored_entity{std::move(key), std::move(stock)};
}

result<std::optional<stored_entity>> postgres_snapshot::next_order() {
  auto& [orders, lines] = entities_[index_of(entity_kind::order)];
  const uuid id = orders.rows().id(orders.row(), 0);
  auto found = order_of(orders.rows(), orders.row());
  orders.pass();
  const auto take = [&](const postgres_rows& rows, std::size_t row) -> result<void> {
    if (found) {
      found->lines.push_back(line_of(rows, row, 1));
    }
    return {};
  };
  // The scan selects the id as bytes, by which they are in order.
  if (auto taken = take_parts(lines, connection_, bytes_of(id), 0, take); !taken) {
    return tl::unexpected(taken.error());
  }
  if (!found) {
    return damaged_rows("a state of the order " + to_string(id));
  }
  return stored_entity{{entity_kind::order, std::string(bytes_of(id))},
                       std::make_shared<const order>(std::move(*found))};
}

result<std::optional<stored_entity>> postgres_snapshot::next_account() {
  auto& [accounts, holds] = entities_[index_of(entity_kind::account)];
  constexpr int first_of_totals = 6;
  stored_account stored{account_view_of(accounts.rows(), accounts.row(), 0),
                        {accounts.rows().integer(accounts.row(), first_of_totals),
                         accounts.rows().integer(accounts.row(), first_of_totals + 1),
                         accounts.rows().integer(accounts.row(), first_of_totals + 2)},
                        {}};
  accounts.pass();
  entity_key key{entity_kind::account, stored.view.id};
  const auto take = [&](const postgres_rows& rows, std::size_t row) -> result<void> {
    stored.holds.push_back(account_hold_of(rows, row, 1));
    return {};
  };
  if (auto taken = take_parts(holds, connection_, key.key, 0, take); !taken) {
    return tl::unexpected(taken.error());
  }
  return stored_entity{std::move(key), std::move(stored)};
}

// ---- events and checkpoints ----

result<std::optional<sequenced_event>> postgres_snapshot::next_event(entity_kind kind) {
  postgres_cursor& events = events_[index_of(kind)];
  const auto more = events.ready(connection_);
  if (!more || !*more) {
    return more ? result<std::optional<sequenced_event>>() : tl::unexpected(more.error());
  }
  auto found = stored_event(events.rows(), events.row(), kind);
  events.pass();
  return found ? result<std::optional<sequenced_event>>(std::move(*found)) : tl::unexpected(found.error());
}

result<std::optional<history_checkpoint>> postgres_snapshot::next_checkpoint(entity_kind kind) {
  postgres_cursor& checkpoints = checkpoints_[index_of(kind)];
  const auto more = checkpoints.ready(connection_);
  if (!more || !*more) {
    return more ? result<std::optional<history_checkpoint>>() : tl::unexpected(more.error());
  }
  auto found = checkpoint_of(checkpoints.rows(), checkpoints.row());
  checkpoints.pass();
  return found ? result<std::optional<history_checkpoint>>(std::move(*found)) : tl::unexpected(found.error());
}

// ---- what is open and aside ----

result<std::vector<obligation>> postgres_snapshot::open_obligations() {
  postgres_obligations stored;
  const auto loaded = stored.load(connection_);
  return loaded ? result<std::vector<obligation>>(stored.open()) : tl::unexpected(loaded.error());
}

result<std::vector<payout_due>> postgres_snapshot::open_payouts() {
  postgres_obligations stored;
  const auto loaded = stored.load(connection_);
  return loaded ? result<std::vector<payout_due>>(stored.payouts()) : tl::unexpected(loaded.error());
}

result<std::vector<entity_key>> postgres_snapshot::aside() {
  const auto found = postgres_aside::keys(connection_);
  if (!found) {
    return tl::unexpected(found.error());
  }
  std::vector<entity_key> keys;
  for (const aside_key& each : *found) {
    const auto kind = kind_named(each.kind);
    if (!kind) {
      return damaged_rows("events aside of a " + each.kind);
    }
    keys.push_back({*kind, each.entity});
  }
  return keys;
}

} // namespace orderd
