/// An account of the ledger: what its owner can spend, what is held for orders, and how events change both.
///
/// Double entry: every event moves an amount from one place to another (see `transfer_of`), so the sum over
/// all places is zero always. A place is an account's balance, the holds and escrows of its orders, a payout
/// on its way to the payee, or the world that deposits come from.
#pragma once

#include "domain/money.hpp"
#include "domain/time.hpp"
#include "domain/uuid.hpp"

#include <cstdint>
#include <string>
#include <unordered_map>

namespace orderd {

/// Money of the account that one order has.
struct account_hold {
  uuid order_id;
  std::uint64_t attempt = 0; ///< which of the order's payments
  cents amount = 0;
  bool escrowed = false; ///< in escrow; else only authorized

  bool operator==(const account_hold&) const = default;
};

/// Never below zero, either of them.
struct account_levels {
  cents balance = 0; ///< can be spent
  cents held = 0;    ///< sum of the holds

  bool operator==(const account_levels&) const = default;
};

/// Sums over the account's history: `deposited + paid_in - paid_out == balance + held`, always. Whoever pays
/// and is paid makes `paid_in` and `paid_out` grow without end, at the same balance: before `deposited +
/// paid_in` would pass what can be counted, what is in both is taken off both.
struct account_totals {
  cents deposited = 0; ///< account_deposits_max at most
  cents paid_in = 0;   ///< payouts received
  cents paid_out = 0;  ///< escrow captured: never more than came in

  bool operator==(const account_totals&) const = default;
};

/// The account without its holds: what a reader is shown.
struct account_view {
  std::string id;
  account_levels levels;
  std::uint64_t version = 0;
  timestamp created_at;
  timestamp updated_at;

  bool operator==(const account_view&) const = default;
};

/// The same with room for `amount` to come in, taken off both sums if need be. What is left then is no more
/// than the account has, or than was deposited: there is room unless the account itself could not be counted.
[[nodiscard]] account_totals with_room_for(cents amount, account_totals totals);

struct account_event;

/// Owned by one actor; not thread safe.
class account {
 public:
  account() = default;
  /// Rebuilds a stored account, or names one that does not exist yet (version 0, only the id set). Asserts
  /// the invariants.
  account(account_view view, account_totals totals, std::unordered_map<uuid, account_hold> holds);

  [[nodiscard]] const account_view& view() const noexcept { return view_; }
  [[nodiscard]] const account_totals& totals() const noexcept { return totals_; }
  [[nodiscard]] bool exists() const noexcept { return view_.version > 0; }
  [[nodiscard]] const account_hold* find(const uuid& order_id) const noexcept;
  [[nodiscard]] const std::unordered_map<uuid, account_hold>& holds() const noexcept { return holds_; }

  /// Applies an event. Asserts that it is the next one and that every invariant holds after it.
  void evolve(const account_event& event);

 private:
  struct applier;
  void check_invariants() const;

  account_view view_;
  account_totals totals_;
  std::unordered_map<uuid, account_hold> holds_; ///< by order
};

/// Whether these can be an account: what its constructor asserts.
[[nodiscard]] bool adds_up(const account_view& view, const account_totals& totals,
                           const std::unordered_map<uuid, account_hold>& holds);

} // namespace orderd
