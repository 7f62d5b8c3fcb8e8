#include "persistence/sqlite_aside.hpp"

#include "persistence/sqlite_events.hpp"
#include "persistence/sqlite_queries.hpp"

#include <utility>

namespace orderd {

result<sqlite_aside> sqlite_aside::prepare(sqlite_connection& connection) {
  sqlite_aside aside;
  const std::pair<sqlite_statement*, std::string_view> statements[] = {
      {&aside.count_, "SELECT COUNT(*) FROM events_aside"},
      {&aside.newest_reason_,
       "SELECT reason FROM events_aside WHERE reason IS NOT NULL ORDER BY seq DESC LIMIT 1"},
      {&aside.orders_, "SELECT DISTINCT entity FROM events_aside WHERE kind = 1"},
      {&aside.skus_, sqlite_queries::aside_skus},
      {&aside.by_age_, "SELECT kind, entity FROM events_aside GROUP BY kind, entity ORDER BY MIN(seq)"},
      {&aside.of_order_, sqlite_queries::aside_of_order},
      {&aside.of_stock_, sqlite_queries::aside_of_stock},
      {&aside.remove_order_, "DELETE FROM events_aside WHERE kind = 1 AND entity = ?1 AND seq <= ?2"},
      {&aside.remove_stock_, "DELETE FROM events_aside WHERE kind = 0 AND entity = ?1 AND seq <= ?2"},
  };
  if (auto prepared = connection.prepare_all(statements); !prepared) {
    return tl::unexpected(prepared.error());
  }
  return aside;
}

result<void> sqlite_aside::load() {
  aside_entities entities;
  aside_figures figures;
  auto read = count_.bind().each(
      [&](const sqlite_statement& row) { figures.events = static_cast<std::uint64_t>(row.integer(0)); });
  if (read) {
    read = newest_reason_.bind().each([&](const sqlite_statement& row) { figures.reason = row.text(0); });
  }
  if (read) {
    read = orders_.bind().each([&](const sqlite_statement& row) { entities.orders.insert(row.id(0)); });
  }
  if (read) {
    read = skus_.bind().each([&](const sqlite_statement& row) { entities.skus.emplace(row.text(0)); });
  }
  if (!read) {
    return read;
  }
  figures.entities = entities.size();
  entities_ = std::move(entities);
  figures_ = std::move(figures);
  return {};
}

void sqlite_aside::note(const event& event, const std::string* reason) {
  entities_.insert(event);
  ++figures_.events;
  figures_.entities = entities_.size();
  if (reason != nullptr) {
    figures_.reason = *reason;
  }
}

result<void> sqlite_aside::check_room(const event& e) const {
  if (entities_.size() < aside_entities_max || entities_.contains(e)) {
    return {};
  }
  return fail(error_code::refused, "the database has refused events of " + std::to_string(entities_.size()) +
                                       " orders and items already, the last because " + figures_.reason);
}

result<std::vector<std::variant<uuid, std::string>>> sqlite_aside::by_age() {
  std::vector<std::variant<uuid, std::string>> entities;
  auto read = by_age_.bind().each([&](const sqlite_statement& row) {
    if (row.integer(0) == 1) {
      entities.emplace_back(row.id(1));
    } else {
      entities.emplace_back(std::string(row.text(1)));
    }
  });
  if (!read) {
    return tl::unexpected(read.error());
  }
  return entities;
}

result<std::vector<sequenced_event>> sqlite_aside::events_of(const uuid& order) {
  return read_events(of_order_.bind(order, std::int64_t{0}, std::int64_t{retry_events_max}));
}
result<std::vector<sequenced_event>> sqlite_aside::events_of(const std::string& sku) {
  return read_events(of_stock_.bind(std::string_view(sku), std::int64_t{0}, std::int64_t{retry_events_max}));
}
result<void> sqlite_aside::remove(const uuid& order, std::uint64_t last_seq) {
  return remove_order_.bind(order, static_cast<std::int64_t>(last_seq)).run();
}
result<void> sqlite_aside::remove(const std::string& sku, std::uint64_t last_seq) {
  return remove_stock_.bind(std::string_view(sku), static_cast<std::int64_t>(last_seq)).run();
}

} // namespace orderd
