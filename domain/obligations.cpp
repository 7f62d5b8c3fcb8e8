#include "domain/obligations.hpp"

#include "domain/assert.hpp"

namespace orderd {

namespace {

using open_map = std::unordered_map<uuid, obligation>;

/// What an event of a stock item opens or closes.
struct stock_follower {
  open_map& open;
  const stock_event& event;

  void operator()(const stock_reserved& e) const {
    if (!e.reservation.order_id.is_nil())
      await_order(e.reservation.id, e.reservation.order_id);
  }
  void operator()(const reservation_claimed& e) const { await_order(e.id, e.order_id); }
  void operator()(const reservation_released& e) const { open.erase(e.id); }
  void operator()(const reservation_committed& e) const { open.erase(e.id); }
  void operator()(const reservation_unclaimed& e) const { open.erase(e.id); }
  void operator()(const reservations_expired& e) const {
    for (const auto& id : e.ids)
      open.erase(id);
  }
  void operator()(const stock_defined&) const {}
  void operator()(const stock_adjusted&) const {}
  void operator()(const reservation_extended&) const {}

  /// Until the order's own event follows, the order may not have come to be.
  void await_order(const uuid& reservation_id, const uuid& order_id) const {
    open[reservation_id] = {event.sku, reservation_id, order_id, order_verdict::abandon};
  }
};

/// What an event of an order opens or closes.
struct order_follower {
  open_map& open;
  const order_event& event;

  void operator()(const order_created& e) const { keep(e.status, e.lines); }
  void operator()(const order_placed& e) const { keep(e.status, e.lines); }
  void operator()(const order_cancelled& e) const { owe(e.lines, order_verdict::release); }
  void operator()(const order_completed& e) const { owe(e.lines, order_verdict::commit); }
  // What never became an order gives a buyer's own reservation back to the buyer.
  void operator()(const order_failed& e) const { owe(e.lines, order_verdict::abandon); }
  void operator()(const order_reserved& e) const { keep(order_status::processed, e.placing.lines); }
  void operator()(const payment_declined& e) const { owe(e.lines, order_verdict::abandon); }
  void operator()(const payment_abandoned& e) const { owe(e.lines, order_verdict::abandon); }
  void operator()(const order_withdrawn& e) const { owe(e.lines, order_verdict::abandon); }
  template <class Other> void operator()(const Other&) const {}

  /// The order came to be and holds these units: nothing is to be told until it ends.
  void keep(order_status status, const std::vector<order_line>& lines) const {
    if (status != order_status::processed)
      return;
    for (const auto& line : lines) {
      const auto found = line.reservation ? open.find(*line.reservation) : open.end();
      if (found != open.end() && found->second.order_id == event.order_id)
        open.erase(found);
    }
  }
  void owe(const std::vector<order_line>& lines, order_verdict verdict) const {
    for (const auto& line : lines) {
      if (line.reservation)
        open[*line.reservation] = {line.sku, *line.reservation, event.order_id, verdict};
    }
  }
};

/// What an event of an account opens or closes.
struct account_follower {
  std::unordered_map<uuid, payout_due>& payouts;
  const account_event& event;

  void operator()(const escrow_captured& e) const {
    payouts[e.order_id] = {e.order_id, event.account_id, e.payee, e.amount};
  }
  void operator()(const payout_received& e) const { payouts.erase(e.order_id); }
  template <class Other> void operator()(const Other&) const {}
};

struct follower {
  open_map& open;
  std::unordered_map<uuid, payout_due>& payouts;

  void operator()(const stock_event& e) const { std::visit(stock_follower{open, e}, e.what); }
  void operator()(const order_event& e) const { std::visit(order_follower{open, e}, e.what); }
  void operator()(const account_event& e) const { std::visit(account_follower{payouts, e}, e.what); }
  void operator()(const request_record&) const {}
};

} // namespace

obligations::obligations(const std::vector<obligation>& open, const std::vector<payout_due>& payouts) {
  open_.reserve(open.size());
  for (const auto& each : open) {
    const bool added = open_.emplace(each.reservation_id, each).second;
    ORDERD_ASSERT(added);
  }
  for (const auto& each : payouts)
    payouts_.emplace(each.order_id, each);
}

void obligations::observe(const event& e) { std::visit(follower{open_, payouts_}, e); }

std::vector<payout_due> obligations::payouts() const {
  std::vector<payout_due> all;
  all.reserve(payouts_.size());
  for (const auto& [id, each] : payouts_)
    all.push_back(each);
  return all;
}

std::vector<obligation> obligations::open() const {
  std::vector<obligation> all;
  all.reserve(open_.size());
  for (const auto& [id, each] : open_)
    all.push_back(each);
  return all;
}

} // namespace orderd
