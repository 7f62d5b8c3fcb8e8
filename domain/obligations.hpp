/// What stock items are still to be told about orders' reservations, and accounts about payouts, followed
/// from the events in journal order.
///
/// A reservation is journaled before the order it is made for, and an order's end before its reservations'
/// end. A crash may fall in between. The set of such open ends is small (what was in flight); it is stored
/// with each batch and brought up to date from the journal at start, where each of them is settled. Money
/// that has left its payer and has not arrived at the payee is such an open end, too.
#pragma once

#include "domain/events.hpp"
#include "domain/stock_rules.hpp"

#include <string>
#include <unordered_map>
#include <vector>

namespace orderd {

struct obligation {
  std::string sku;
  uuid reservation_id;
  uuid order_id;
  order_verdict verdict = order_verdict::abandon;

  bool operator==(const obligation&) const = default;
};

/// A captured payment on its way to the payee.
struct payout_due {
  uuid order_id;
  std::string payer;
  std::string payee;
  cents amount = 0;

  bool operator==(const payout_due&) const = default;
};

/// Not thread safe; one follower of the journal owns it.
class obligations {
 public:
  obligations() = default;
  explicit obligations(const std::vector<obligation>& open, const std::vector<payout_due>& payouts = {});

  /// Takes the next event of the journal.
  void observe(const event& e);

  [[nodiscard]] std::vector<obligation> open() const;
  [[nodiscard]] std::vector<payout_due> payouts() const;
  [[nodiscard]] std::size_t size() const noexcept { return open_.size() + payouts_.size(); }

 private:
  std::unordered_map<uuid, obligation> open_;    ///< by reservation
  std::unordered_map<uuid, payout_due> payouts_; ///< by order
};

} // namespace orderd
