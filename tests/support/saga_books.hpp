/// All that the journal says of orders, stock items and accounts, folded, and what must be true of it.
#pragma once

#include "domain/obligations.hpp"
#include "tests/support/saga_twin.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace orderd::test {

enum class money_mover : std::uint8_t { nobody, ledger, service };

/// What a service outside has of one order, over all its attempts.
struct outside_money {
  int authorized = 0;
  int captured = 0;
};
using outside_books = std::map<uuid, outside_money>;

/// The checks end the test case where they fail.
class saga_books {
 public:
  void apply(const event& e);

  /// After any event: no unit and no cent has come from nowhere or gone there.
  void check_sums() const;
  /// Where no saga is under way: each order has the units and the money that its status says, and nobody
  /// else has any.
  void check_rest(money_mover mover, const outside_books& outside) const;

  std::map<std::string, stock_item> items;
  std::map<std::string, account> accounts;
  std::map<uuid, order> orders;
  obligations owed;
  saga_twin twin;

 private:
  void check_capture(const escrow_captured& e) const;
  void check_units(const order& state) const;
  void check_money(const order& state, bool paid) const;
  void check_outside(const order& state, bool paid, const outside_money& there) const;
};

} // namespace orderd::test
