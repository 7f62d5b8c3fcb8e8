#include "persistence/event_fit.hpp"

#include "domain/limits.hpp"

#include <unordered_set>

namespace orderd {
namespace {

constexpr const char* beyond_counting = "moves more than can be counted";

// ---- stock items ----

bool can_be(const stock_levels& levels) noexcept {
  return levels.reserved >= 0 && levels.reserved <= levels.on_hand && levels.on_hand <= on_hand_max;
}

/// Everything received is on hand, was committed or was written off.
bool can_be(const stock_totals& totals, const stock_levels& levels) noexcept {
  if (totals.received < 0 || totals.committed < 0 || totals.adjusted_out < 0)
    return false;
  const auto gone = checked_add(totals.committed, totals.adjusted_out);
  return gone && totals.received - *gone == levels.on_hand;
}

/// Lays an event over the levels and sums before it; one overload for each event of an item. Each returns
/// what is wrong with it, or null.
struct stock_fit {
  const stock_item& item;
  const stock_event& event;
  stock_levels levels;
  stock_totals totals;

  const char* operator()(const stock_defined& e) {
    const auto low = e.product.low_threshold.value_or(0);
    if (e.product.sku != event.sku || e.product.price < 0 || e.product.price > price_max || low < 0 ||
        low > on_hand_max)
      return "defines what no product can be";
    return move_units(event.after.on_hand - levels.on_hand);
  }
  const char* operator()(const stock_adjusted& e) { return move_units(e.delta); }
  const char* operator()(const stock_reserved& e) {
    const reservation& r = e.reservation;
    if (r.qty <= 0 || r.qty > qty_max || r.id.is_nil() || r.expires_at.has_value() != r.order_id.is_nil() ||
        (r.claimed_expiry && r.order_id.is_nil()))
      return "makes what no reservation can be";
    if (item.find(r.id) != nullptr)
      return "makes a reservation that is there already";
    levels.reserved += r.qty;
    return nullptr;
  }
  const char* operator()(const reservation_extended& e) const {
    const reservation* const r = item.find(e.id);
    return r != nullptr && r->order_id.is_nil() ? nullptr : "extends a reservation that nobody holds";
  }
  const char* operator()(const reservation_released& e) { return end(e.id, false); }
  const char* operator()(const reservation_committed& e) { return end(e.id, true); }
  const char* operator()(const reservations_expired& e) {
    std::unordered_set<uuid> ended;
    for (const uuid& id : e.ids) {
      const reservation* const r = item.find(id);
      if (r == nullptr || !r->expires_at || *r->expires_at > event.at || !ended.insert(id).second)
        return "lets a reservation expire that is not due";
      levels.reserved -= r->qty;
    }
    return e.ids.empty() ? "lets nothing expire" : nullptr;
  }
  const char* operator()(const reservation_claimed& e) const {
    const reservation* const r = item.find(e.id);
    return r != nullptr && r->order_id.is_nil() && !e.order_id.is_nil()
               ? nullptr
               : "claims a reservation that is not there to be claimed";
  }
  const char* operator()(const reservation_unclaimed& e) const {
    const reservation* const r = item.find(e.id);
    return r != nullptr && r->claimed_expiry ? nullptr : "gives back a reservation that was not claimed";
  }

 private:
  const char* end(const uuid& id, bool units_leave) {
    const reservation* const r = item.find(id);
    if (r == nullptr)
      return "ends a reservation that is not there";
    levels.reserved -= r->qty;
    if (!units_leave)
      return nullptr;
    levels.on_hand -= r->qty;
    return add(totals.committed, r->qty);
  }
  const char* move_units(std::int64_t delta) {
    if (delta > on_hand_max || delta < -on_hand_max)
      return beyond_counting;
    levels.on_hand += delta;
    return delta >= 0 ? add(totals.received, delta) : add(totals.adjusted_out, -delta);
  }
  static const char* add(std::int64_t& sum, std::int64_t units) {
    const auto more = checked_add(sum, units);
    sum = more.value_or(sum);
    return more ? nullptr : beyond_counting;
  }
};

/// The threshold of an item that becomes low by the event.
std::optional<std::int64_t> low_by(const stock_item& state, const stock_event& e) {
  const auto* const defined = std::get_if<stock_defined>(&e.what);
  const product& after = defined != nullptr ? defined->product : state.view().product;
  const bool becomes_low = !is_low(state.view().product, state.view().levels) && is_low(after, e.after);
  return becomes_low ? after.low_threshold : std::nullopt;
}

// ---- accounts ----

bool is_account_id(const std::string& id) { return !id.empty() && id.size() <= account_id_bytes_max; }

/// All that came in is there or went out.
bool can_be(const account_levels& levels, const account_totals& totals) {
  if (levels.balance < 0 || levels.held < 0 || totals.deposited < 0 || totals.paid_in < 0 ||
      totals.paid_out < 0)
    return false;
  const auto came = checked_add(totals.deposited, totals.paid_in);
  const auto there = checked_add(levels.balance, levels.held);
  return came && there && *came - totals.paid_out == *there;
}

/// As `stock_fit`.
struct account_fit {
  const account& state;
  account_levels levels;
  account_totals totals;

  const char* operator()(const account_opened&) const {
    return state.exists() ? "opens an account that is there already" : nullptr;
  }
  const char* operator()(const funds_deposited& e) {
    if (e.amount <= 0)
      return "deposits nothing";
    totals = with_room_for(e.amount, totals);
    return add(levels.balance, e.amount) && add(totals.deposited, e.amount) ? nullptr : beyond_counting;
  }
  const char* operator()(const funds_held& e) {
    if (e.amount < 0 || e.order_id.is_nil() || state.find(e.order_id) != nullptr)
      return "holds what is held already, or nothing";
    levels.balance -= e.amount;
    return add(levels.held, e.amount) ? nullptr : beyond_counting;
  }
  const char* operator()(const funds_escrowed& e) const {
    return holds(e.order_id, e.amount, false) ? nullptr : not_held;
  }
  const char* operator()(const funds_returned& e) {
    if (!holds(e.order_id, e.amount, e.escrowed))
      return not_held;
    levels.held -= e.amount;
    return add(levels.balance, e.amount) ? nullptr : beyond_counting;
  }
  const char* operator()(const escrow_captured& e) {
    if (!is_account_id(e.payee) || !holds(e.order_id, e.amount, true))
      return not_held;
    levels.held -= e.amount;
    return add(totals.paid_out, e.amount) ? nullptr : beyond_counting;
  }
  const char* operator()(const payout_received& e) {
    if (e.amount < 0 || e.order_id.is_nil())
      return "is paid for nothing";
    totals = with_room_for(e.amount, totals);
    return add(levels.balance, e.amount) && add(totals.paid_in, e.amount) ? nullptr : beyond_counting;
  }

 private:
  static constexpr const char* not_held = "moves money that the order does not have there";

  [[nodiscard]] bool holds(const uuid& order_id, cents amount, bool escrowed) const {
    const account_hold* const hold = state.find(order_id);
    return hold != nullptr && hold->amount == amount && hold->escrowed == escrowed;
  }
  static bool add(cents& sum, cents amount) {
    const auto more = checked_add(sum, amount);
    sum = more.value_or(sum);
    return more.has_value();
  }
};

} // namespace

const char* misfit(const stock_item& state, const stock_event& e) {
  const auto& view = state.view();
  if (e.sku.empty() || e.sku.size() > sku_bytes_max ||
      (!view.product.sku.empty() && view.product.sku != e.sku))
    return "is of another item";
  if (e.version != view.version + 1)
    return "is out of order";
  if (!state.exists() && !std::holds_alternative<stock_defined>(e.what))
    return "is not where an item begins";
  if (!can_be(e.after))
    return "leaves more reserved than there is, or less than nothing";
  stock_fit next{state, e, view.levels, state.totals()};
  if (const char* const wrong = std::visit(next, e.what))
    return wrong;
  if (next.levels != e.after)
    return "leaves other units than it moves";
  if (next.totals != e.totals_after || !can_be(e.totals_after, e.after))
    return "leaves sums that do not come to what is on hand";
  return e.low_at == low_by(state, e) ? nullptr : "tells of a low level where there is none, or not of one";
}

const char* misfit(const account& state, const account_event& e) {
  const auto& view = state.view();
  if (!is_account_id(e.account_id) || (!view.id.empty() && view.id != e.account_id))
    return "is of another account";
  if (e.version != view.version + 1)
    return "is out of order";
  if (!state.exists() && !std::holds_alternative<account_opened>(e.what) &&
      !std::holds_alternative<payout_received>(e.what))
    return "is not where an account begins";
  account_fit next{state, view.levels, state.totals()};
  if (const char* const wrong = std::visit(next, e.what))
    return wrong;
  if (next.levels != e.after)
    return "leaves other money than it moves";
  if (next.totals != e.totals_after || !can_be(e.after, e.totals_after))
    return "leaves sums that do not come to what is there";
  return nullptr;
}

} // namespace orderd
