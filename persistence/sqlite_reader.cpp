#include "persistence/sqlite_reader.hpp"

#include "domain/assert.hpp"
#include "persistence/list_bounds.hpp"
#include "persistence/sqlite_deadline.hpp"
#include "persistence/sqlite_migrations.hpp"
#include "persistence/sqlite_queries.hpp"
#include "persistence/sqlite_rows.hpp"
#include "persistence/write_set.hpp"

#include <algorithm>

namespace orderd {

result<std::unique_ptr<sqlite_reader>> sqlite_reader::open(const std::string& path) {
  auto connection = sqlite_connection::open(path, sqlite_access::read);
  if (!connection) {
    return tl::unexpected(connection.error());
  }
  if (auto schema = check_schema(*connection, sqlite_migrations()); !schema) {
    return tl::unexpected(schema.error());
  }
  std::unique_ptr<sqlite_reader> reader(new sqlite_reader(std::move(*connection)));
  if (auto prepared = reader->prepare(); !prepared) {
    return tl::unexpected(prepared.error());
  }
  return reader;
}

result<void> sqlite_reader::prepare() {
  namespace sql = sqlite_queries;
  std::vector<std::pair<sqlite_statement*, std::string_view>> statements = {
      {&load_order_, sql::load_order},
      {&load_lines_, sql::load_lines},
      {&load_stock_, sql::load_stock},
      {&list_stock_, sql::list_stock},
      {&count_stock_, sql::count_stock},
      {&each_product_, sql::each_product},
      {&active_reservations_, sql::active_reservations},
      {&load_reservation_, sql::load_reservation},
      {&deadlines_, sql::deadlines},
      {&unfinished_, sql::unfinished},
      {&to_be_accepted_, sql::to_be_accepted},
      {&load_account_, sql::load_account},
      {&load_holds_, sql::load_holds},
      {&load_request_, sql::load_request},
      {&each_request_, sql::each_request},
  };
  for (std::size_t filter = 0; filter < list_orders_.size(); ++filter) {
    statements.emplace_back(&list_orders_[filter], sql::list_orders[filter]);
    statements.emplace_back(&count_orders_[filter], sql::count_orders[filter]);
  }
  auto prepared = connection_.prepare_all(statements);
  return prepared ? events_.prepare(connection_) : prepared;
}

tl::unexpected<error> sqlite_reader::damaged(const std::string& what) const {
  return fail(error_code::damaged,
              "the database " + connection_.path() + " holds " + what + " that cannot be true");
}

// ---- orders ----

result<order_ptr> sqlite_reader::load_order(const uuid& id) {
  const auto snapshot = sqlite_transaction::begin(connection_, false);
  auto shown = snapshot ? read_order(id) : tl::unexpected(snapshot.error());
  return shown ? with_aside(std::move(*shown), events_.aside_of(id)) : shown;
}

result<order_ptr> sqlite_reader::read_order(const uuid& id) {
  std::optional<order> found;
  bool is_sound = true;
  auto done = load_order_.bind(id).each([&](const sqlite_statement& row) {
    found = order_of(id, row);
    is_sound = read_placing_into(*found, row);
  });
  if (!is_sound) {
    return damaged("what the order " + to_string(id) + " has reserved");
  }
  if (done && found) {
    done = read_lines(*found);
  }
  if (!done) {
    return tl::unexpected(done.error());
  }
  return found ? std::make_shared<const order>(std::move(*found)) : order_ptr();
}

result<void> sqlite_reader::read_lines(order& into) {
  return load_lines_.bind(into.id).each(
      [&](const sqlite_statement& row) { into.lines.push_back(line_of(row)); });
}

result<order_page> sqlite_reader::list_orders(const order_query& query) {
  const std::size_t limit = std::min(query.limit, list_rows_max);
  const sqlite_deadline bounded(connection_);
  const auto snapshot = sqlite_transaction::begin(connection_, false);
  if (!snapshot) {
    return tl::unexpected(snapshot.error());
  }
  order_page page;
  auto ids = order_ids(query, limit, page.total);
  if (!ids) {
    return tl::unexpected(ids.error());
  }
  page.more = ids->size() > limit;
  ids->resize(std::min(ids->size(), limit));
  page.items.reserve(ids->size());
  for (const uuid& id : *ids) {
    auto found = read_order(id);
    if (!found) {
      return tl::unexpected(found.error());
    }
    if (*found == nullptr) {
      return damaged("an order in an index");
    }
    page.items.push_back(std::move(*found));
  }
  return page;
}

result<std::vector<uuid>> sqlite_reader::order_ids(const order_query& query, std::size_t limit,
                                                   std::optional<std::uint64_t>& total) {
  ORDERD_ASSERT(query.after.has_value() == query.after_created_at.has_value());
  const std::size_t filter = (query.status ? 1 : 0) + (query.customer_id ? 2 : 0) + (query.stuck ? 4 : 0);
  const timestamp from = query.created_after.value_or(timestamp::min());
  // The upper end is a point in the list's order. No id is below the empty one, so with it an instant is
  // exclusive.
  timestamp until = query.created_before.value_or(timestamp::max());
  std::string_view until_id;
  if (query.after && *query.after_created_at < until) {
    until = *query.after_created_at;
    until_id = bytes_of(*query.after);
  }
  const auto status = query.status ? std::optional(static_cast<std::int64_t>(*query.status)) : std::nullopt;
  const auto customer =
      query.customer_id ? std::optional<std::string_view>(*query.customer_id) : std::nullopt;
  const auto bind = [&](sqlite_statement& statement, std::size_t rows) -> sqlite_statement& {
    return statement.bind(from, until, blob_view{until_id}, static_cast<std::int64_t>(rows),
                          offset_of(query.page, limit), status, customer);
  };
  if (query.page) {
    auto counted = bind(count_orders_[filter], rows_counted_max).each([&](const sqlite_statement& row) {
      total = static_cast<std::uint64_t>(row.integer(0));
    });
    if (!counted) {
      return tl::unexpected(counted.error());
    }
  }
  std::vector<uuid> ids;
  // One more than wanted tells whether there are more.
  auto listed = bind(list_orders_[filter], limit + 1).each([&](const sqlite_statement& row) {
    ids.push_back(row.id(0));
  });
  return listed ? result<std::vector<uuid>>(std::move(ids)) : tl::unexpected(listed.error());
}

result<std::vector<order_event>> sqlite_reader::timeline(const uuid& id, std::uint64_t after_version,
                                                         std::size_t limit) {
  return events_.timeline(id, after_version, std::min(limit, list_rows_max));
}

result<void> sqlite_reader::history(std::uint64_t from_seq,
                                    const std::function<result<void>(const sequenced_event&)>& visit) {
  return events_.history(from_seq, visit);
}

result<event_page> sqlite_reader::events_after(std::uint64_t seq, std::size_t limit) {
  return events_.events_after(seq, limit);
}

result<std::optional<std::uint64_t>> sqlite_reader::first_event_since(timestamp at) {
  return events_.first_event_since(at);
}

result<std::vector<sink_position>> sqlite_reader::sink_positions() { return events_.sink_positions(); }

result<std::uint64_t> sqlite_reader::dropped_to() { return events_.dropped_to(); }

result<std::optional<history_checkpoint>> sqlite_reader::checkpoint(const entity_key& of) {
  return events_.checkpoint(of);
}

result<std::vector<sequenced_event>>
sqlite_reader::stock_events(const std::string& sku, std::uint64_t after_version, std::size_t limit) {
  return events_.stock_events(sku, after_version, limit);
}

} // namespace orderd
