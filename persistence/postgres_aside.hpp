/// What the PostgreSQL store has set aside, as its writer knows it.
#pragma once

#include "persistence/postgres_transaction.hpp"
#include "persistence/write_set.hpp"

#include <span>
#include <string>
#include <vector>

namespace orderd {

/// Names an order, a stock item or an account in the table, whatever bytes its name
/// has.
struct aside_key {
  std::string kind;
  std::string entity;

  /// For a log line: an order's id, or the name.
  [[nodiscard]] std::string name() const;
};

/// One thread. Knows what is committed: `load` reads it, `note` follows.
class postgres_aside {
 public:
  /// What the connection must have prepared.
  [[nodiscard]] static std::span<const postgres_statement> statements() noexcept;

  [[nodiscard]] result<void> load(postgres_connection& connection);
  [[nodiscard]] const aside_entities& entities() const noexcept { return entities_; }
  [[nodiscard]] const aside_figures& figures() const noexcept { return figures_; }
  /// Refuses a mere record, and if the entity of `e` were one too many.
  [[nodiscard]] result<void> check_room(const event& e) const;

  /// Queues the events. `reason`: why, unless they only follow others of their entities.
  static void add(postgres_transaction& to, std::span<const sequenced_event* const> events,
                  const std::string* reason);
  /// The same are aside now.
  void note(std::span<const sequenced_event* const> events, const std::string* reason);

  /// All of them, by the age of their first events: one that was refused because another of them was
  /// aside comes behind it.
  [[nodiscard]] static result<std::vector<aside_key>> keys(postgres_connection& connection);
  /// The first `retry_events_max` events of one. More errors: damaged, newer_format.
  [[nodiscard]] static result<std::vector<sequenced_event>> events_of(postgres_connection& connection,
                                                                      const aside_key& key);
  /// Queues the removal of its `count` events up to `last_seq`.
  static void remove(postgres_transaction& to, const aside_key& key, std::uint64_t last_seq,
                     std::size_t count);

 private:
  aside_entities entities_;
  aside_figures figures_;
};

} // namespace orderd
