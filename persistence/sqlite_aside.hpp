/// What the SQLite store has set aside, as its writer knows it.
#pragma once

#include "persistence/sqlite_connection.hpp"
#include "persistence/write_set.hpp"

#include <string>
#include <variant>
#include <vector>

namespace orderd {

/// What has events aside, as the table names it.
struct sqlite_aside_entity {
  std::int64_t kind = 0;
  std::variant<uuid, std::string> key; ///< of an order; of an item or account
};

/// One thread; must not outlive its connection. Knows what is committed: `load` reads it, `note` follows.
class sqlite_aside {
 public:
  [[nodiscard]] static result<sqlite_aside> prepare(sqlite_connection& connection);

  [[nodiscard]] result<void> load();
  /// `event` is aside now. `reason`: why, unless it only follows another of its entity.
  void note(const event& event, const std::string* reason);
  [[nodiscard]] const aside_entities& entities() const noexcept { return entities_; }
  [[nodiscard]] const aside_figures& figures() const noexcept { return figures_; }
  /// Refuses if the entity of `e` were one too many, and an event that is of none: a mere record.
  [[nodiscard]] result<void> check_room(const event& e) const;

  /// All of them, by the age of their first events: one that was refused because another of them was aside
  /// comes behind it.
  [[nodiscard]] result<std::vector<sqlite_aside_entity>> by_age();
  /// The first `retry_events_max` events of one.
  [[nodiscard]] result<std::vector<sequenced_event>> events_of(const sqlite_aside_entity& entity);
  /// Removes those up to `last_seq`.
  [[nodiscard]] result<void> remove(const sqlite_aside_entity& entity, std::uint64_t last_seq);

 private:
  sqlite_statement count_, newest_reason_, each_, by_age_, events_of_, remove_;
  aside_entities entities_;
  aside_figures figures_;
};

} // namespace orderd
