/// The stored obligations, as the PostgreSQL store's writer knows them.
#pragma once

#include "domain/obligations.hpp"
#include "persistence/postgres_transaction.hpp"

#include <span>
#include <unordered_map>
#include <vector>

namespace orderd {

/// One thread. Knows what is committed: `load` reads it, `note` follows.
class postgres_obligations {
 public:
  /// What the connection must have prepared.
  [[nodiscard]] static std::span<const postgres_statement> statements() noexcept;

  /// More errors: damaged.
  [[nodiscard]] result<void> load(postgres_connection& connection);
  /// Queues what makes `open` the stored set.
  void add(postgres_transaction& to, const std::vector<obligation>& open) const;
  /// The stored set is `open` now.
  void note(const std::vector<obligation>& open);
  /// By reservation.
  [[nodiscard]] std::vector<obligation> open() const;

 private:
  std::unordered_map<uuid, obligation> stored_; ///< by reservation
};

} // namespace orderd
