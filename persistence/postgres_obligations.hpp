/// The stored obligations and payouts under way, as the PostgreSQL store's writer knows them.
#pragma once

#include "domain/obligations.hpp"
#include "persistence/postgres_transaction.hpp"
#include "persistence/store.hpp"

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
  /// Queues what makes those of the batch the stored sets.
  void add(postgres_transaction& to, const store_batch& batch) const;
  /// The stored sets are those of the batch now.
  void note(const store_batch& batch);
  /// By reservation.
  [[nodiscard]] std::vector<obligation> open() const;
  /// By order.
  [[nodiscard]] std::vector<payout_due> payouts() const;

 private:
  [[nodiscard]] result<void> load_payouts(postgres_connection& connection);
  void add_open(postgres_transaction& to, const std::vector<obligation>& open) const;
  void add_payouts(postgres_transaction& to, const std::vector<payout_due>& payouts) const;

  std::unordered_map<uuid, obligation> stored_;  ///< by reservation
  std::unordered_map<uuid, payout_due> payouts_; ///< by order
};

} // namespace orderd
