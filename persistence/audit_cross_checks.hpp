/// Whether orders, stock items and accounts agree with each other: what one says that another holds for it.
#pragma once

#include "domain/account.hpp"
#include "domain/obligations.hpp"
#include "domain/order.hpp"
#include "domain/stock.hpp"
#include "persistence/audit_report.hpp"
#include "persistence/difference_sketch.hpp"
#include "persistence/history_checkpoint.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace orderd {

/// Of the money of any number of accounts.
__extension__ using wide_sum = __int128;

/// Takes every order, then every stock item, then every account, as of one event of the journal, and what was
/// open behind it. Memory: two sketches of 1.5 MiB, what is open, and the orders whose payment is under way,
/// `under_way_max` at most. One thread.
class audit_cross_checks {
 public:
  static constexpr std::size_t under_way_max = 200'000;

  /// What concerns those `aside` is not judged: their state is not known. `salt` as for `difference_sketch`.
  audit_cross_checks(const std::vector<obligation>& open, const std::vector<payout_due>& payouts,
                     const std::vector<entity_key>& aside, std::uint64_t salt);

  /// All of the entity.
  void take(const entity_key& key, const entity_state& state);
  void take(const order& each);
  void take(const std::string& sku, const reservation& active);
  /// Its holds follow, each by itself.
  void take(const account_view& view, const account_totals& totals);
  void take(const account_hold& hold);
  /// The state of this one could not be told: what concerns it is not judged either.
  void pass_over(const entity_key& entity);

  /// Reports whatever disagrees. Once, and last.
  void conclude(audit_report& report);

 private:
  struct payment {
    std::uint64_t attempt = 0;
    std::optional<cents> amount; ///< nothing: the order no longer knows
  };
  [[nodiscard]] bool is_unknown(entity_kind kind, std::string key) const;
  [[nodiscard]] bool is_unknown_order(const uuid& id) const;
  void conclude_reservations(audit_report& report);
  void conclude_holds(audit_report& report);
  void conclude_money(audit_report& report) const;

  std::unordered_set<uuid> open_; ///< reservations that stock items are still to be told about
  std::set<entity_key> unknown_;
  difference_sketch reserved_; ///< left: what orders hold; right: what is reserved for orders
  difference_sketch held_;     ///< left: what orders surely have; right: what accounts hold
  std::unordered_map<uuid, payment> under_way_;
  bool too_many_under_way_ = false;
  bool accounts_known_ = true;
  wide_sum deposited_ = 0;
  wide_sum there_ = 0; ///< balances and holds
  wide_sum on_its_way_ = 0;
};

} // namespace orderd
