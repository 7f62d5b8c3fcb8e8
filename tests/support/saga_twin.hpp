/// What journaled events mean for units and money, written down as plainly as possible: a second opinion on
/// stock items and accounts.
#pragma once

#include "domain/events.hpp"
#include "domain/obligations.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <variant>

namespace orderd::test {

/// Every unit is on a shelf, and some of them have a name on them. Every cent is in a purse, in an order's
/// envelope, on its way, or out in the world that it came from.
class saga_twin {
 public:
  struct held_units {
    std::string sku;
    std::int64_t qty = 0;
    uuid order_id; ///< nil for a buyer's own
  };
  struct envelope {
    std::string payer;
    cents amount = 0;
    bool escrowed = false;
  };

  void follow(const event& e) {
    if (const auto* of_stock = std::get_if<stock_event>(&e))
      std::visit([&](const auto& what) { move_units(of_stock->sku, what); }, of_stock->what);
    else if (const auto* of_account = std::get_if<account_event>(&e))
      std::visit([&](const auto& what) { move_money(of_account->account_id, what); }, of_account->what);
  }

  [[nodiscard]] std::int64_t reserved(const std::string& sku) const {
    std::int64_t sum = 0;
    for (const auto& [id, held] : holds)
      sum += held.sku == sku ? held.qty : 0;
    return sum;
  }
  [[nodiscard]] cents held_of(const std::string& payer) const {
    cents sum = 0;
    for (const auto& [id, each] : envelopes)
      sum += each.payer == payer ? each.amount : 0;
    return sum;
  }
  /// Zero always: what came in less what is there.
  [[nodiscard]] cents sum_of_money() const {
    cents sum = world;
    for (const auto& [name, purse] : purses)
      sum += purse;
    for (const auto& [id, each] : envelopes)
      sum += each.amount;
    for (const auto& [id, amount] : on_the_way)
      sum += amount;
    return sum;
  }

  std::map<std::string, std::int64_t> shelves; ///< units on hand by SKU
  std::map<uuid, held_units> holds;            ///< by reservation
  std::map<uuid, std::int64_t> sold;           ///< units that left, by order
  std::map<std::string, cents> purses;
  std::map<uuid, envelope> envelopes;    ///< by order
  std::map<uuid, cents> on_the_way;      ///< by order
  std::map<uuid, std::int64_t> captures; ///< how often an order was charged
  std::map<uuid, std::int64_t> payouts;  ///< how often its payee was paid
  cents world = 0;                       ///< below zero: what came from there

 private:
  void move_units(const std::string& sku, const stock_defined&) { shelves[sku] += 0; }
  void move_units(const std::string& sku, const stock_adjusted& e) { shelves[sku] += e.delta; }
  void move_units(const std::string& sku, const stock_reserved& e) {
    holds[e.reservation.id] = {sku, e.reservation.qty, e.reservation.order_id};
  }
  void move_units(const std::string&, const reservation_extended&) {}
  void move_units(const std::string&, const reservation_released& e) { holds.erase(e.id); }
  void move_units(const std::string& sku, const reservation_committed& e) {
    const auto& held = holds.at(e.id);
    shelves[sku] -= held.qty;
    sold[held.order_id] += held.qty;
    holds.erase(e.id);
  }
  void move_units(const std::string&, const reservations_expired& e) {
    for (const auto& id : e.ids)
      holds.erase(id);
  }
  void move_units(const std::string&, const reservation_claimed& e) { holds.at(e.id).order_id = e.order_id; }
  void move_units(const std::string&, const reservation_unclaimed& e) { holds.at(e.id).order_id = {}; }

  void move_money(const std::string& name, const account_opened&) { purses[name] += 0; }
  void move_money(const std::string& name, const funds_deposited& e) {
    purses[name] += e.amount;
    world -= e.amount;
  }
  void move_money(const std::string& name, const funds_held& e) {
    purses[name] -= e.amount;
    envelopes[e.order_id] = {name, e.amount, false};
  }
  void move_money(const std::string&, const funds_escrowed& e) { envelopes.at(e.order_id).escrowed = true; }
  void move_money(const std::string& name, const funds_returned& e) {
    purses[name] += envelopes.at(e.order_id).amount;
    envelopes.erase(e.order_id);
  }
  void move_money(const std::string&, const escrow_captured& e) {
    on_the_way[e.order_id] += envelopes.at(e.order_id).amount;
    envelopes.erase(e.order_id);
    ++captures[e.order_id];
  }
  void move_money(const std::string& name, const payout_received& e) {
    purses[name] += e.amount;
    on_the_way[e.order_id] -= e.amount;
    ++payouts[e.order_id];
  }
};

} // namespace orderd::test
