#include "persistence/sqlite_aside.hpp"

#include "persistence/sqlite_events.hpp"
#include "persistence/sqlite_queries.hpp"

#include <utility>

namespace orderd {

namespace {

sqlite_aside_entity entity_of(const sqlite_statement& row) {
  if (row.integer(0) == sqlite_kinds::order)
    return {row.integer(0), row.id(1)};
  return {row.integer(0), std::string(row.text(1))};
}

void insert_into(aside_entities& entities, const sqlite_statement& row) {
  sqlite_aside_entity entity = entity_of(row);
  if (const auto* order = std::get_if<uuid>(&entity.key))
    entities.orders.insert(*order);
  else if (entity.kind == sqlite_kinds::account)
    entities.accounts.insert(std::get<std::string>(std::move(entity.key)));
  else
    entities.skus.insert(std::get<std::string>(std::move(entity.key)));
}

/// Calls `bind` with the key as a statement takes it.
template <class Bind> auto with_key(const sqlite_aside_entity& entity, const Bind& bind) {
  if (const auto* order = std::get_if<uuid>(&entity.key))
    return bind(*order);
  return bind(std::string_view(std::get<std::string>(entity.key)));
}

} // namespace

result<sqlite_aside> sqlite_aside::prepare(sqlite_connection& connection) {
  sqlite_aside aside;
  const std::pair<sqlite_statement*, std::string_view> statements[] = {
      {&aside.count_, "SELECT COUNT(*) FROM events_aside"},
      {&aside.newest_reason_,
       "SELECT reason FROM events_aside WHERE reason IS NOT NULL ORDER BY seq DESC LIMIT 1"},
      {&aside.each_, "SELECT DISTINCT kind, entity FROM events_aside"},
      {&aside.by_age_, "SELECT kind, entity FROM events_aside GROUP BY kind, entity ORDER BY MIN(seq)"},
      {&aside.events_of_, sqlite_queries::aside_of_any},
      {&aside.remove_, "DELETE FROM events_aside WHERE kind = ?1 AND entity = ?2 AND seq <= ?3"},
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
    read = each_.bind().each([&](const sqlite_statement& row) { insert_into(entities, row); });
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
  if (std::holds_alternative<request_record>(e))
    return fail(error_code::refused, "the record of a request is of nothing that could be set aside");
  if (entities_.size() < aside_entities_max || entities_.contains(e)) {
    return {};
  }
  return fail(error_code::refused, "the database has refused events of " + std::to_string(entities_.size()) +
                                       " orders, items and accounts already, the last because " +
                                       figures_.reason);
}

result<std::vector<sqlite_aside_entity>> sqlite_aside::by_age() {
  std::vector<sqlite_aside_entity> entities;
  auto read = by_age_.bind().each([&](const sqlite_statement& row) { entities.push_back(entity_of(row)); });
  return read ? result<std::vector<sqlite_aside_entity>>(std::move(entities)) : tl::unexpected(read.error());
}

result<std::vector<sequenced_event>> sqlite_aside::events_of(const sqlite_aside_entity& entity) {
  return with_key(entity, [&](const auto& key) {
    return read_events(events_of_.bind(entity.kind, key, std::int64_t{retry_events_max}));
  });
}

result<void> sqlite_aside::remove(const sqlite_aside_entity& entity, std::uint64_t last_seq) {
  return with_key(entity, [&](const auto& key) {
    return remove_.bind(entity.kind, key, static_cast<std::int64_t>(last_seq)).run();
  });
}

} // namespace orderd
