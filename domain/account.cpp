#include "domain/account.hpp"

#include "domain/account_events.hpp"
#include "domain/assert.hpp"
#include "domain/limits.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace orderd {

namespace {

/// What is held, counted anew; nothing if a hold cannot be one, or if the sum is beyond all bounds.
[[nodiscard]] std::optional<cents> count(const std::unordered_map<uuid, account_hold>& holds) {
  std::optional<cents> sum = 0;
  for (const auto& [order_id, hold] : holds) {
    if (order_id.is_nil() || hold.order_id != order_id || hold.amount < 0)
      return std::nullopt;
    sum = checked_add(*sum, hold.amount);
    if (!sum)
      return std::nullopt;
  }
  return sum;
}

/// Whether all that came in is there or went out, and nothing is below zero.
[[nodiscard]] bool balances(const account_levels& levels, const account_totals& totals) {
  if (levels.balance < 0 || levels.held < 0)
    return false;
  if (totals.deposited < 0 || totals.paid_in < 0 || totals.paid_out < 0)
    return false;
  const auto came = checked_add(totals.deposited, totals.paid_in);
  const auto there = checked_add(levels.balance, levels.held);
  return came && there && *came - totals.paid_out == *there;
}

/// Asserts that the sum can be counted.
void add(cents& sum, cents amount) {
  const auto added = checked_add(sum, amount);
  ORDERD_ASSERT(added);
  sum = *added;
}

[[nodiscard]] bool is_account_id(const std::string& id) {
  return !id.empty() && id.size() <= account_id_bytes_max;
}

} // namespace

bool adds_up(const account_view& view, const account_totals& totals,
             const std::unordered_map<uuid, account_hold>& holds) {
  if (view.version == 0)
    return view.levels == account_levels{} && totals == account_totals{} && holds.empty();
  return is_account_id(view.id) && balances(view.levels, totals) && count(holds) == view.levels.held;
}

account_totals with_room_for(cents amount, account_totals totals) {
  const auto came = checked_add(totals.deposited, totals.paid_in);
  if (!came || !checked_add(*came, amount)) {
    const auto both = std::min(totals.paid_in, totals.paid_out);
    totals.paid_in -= both;
    totals.paid_out -= both;
  }
  return totals;
}

account::account(account_view view, account_totals totals, std::unordered_map<uuid, account_hold> holds)
    : view_(std::move(view)), totals_(totals), holds_(std::move(holds)) {
  ORDERD_ASSERT(adds_up(view_, totals_, holds_));
}

const account_hold* account::find(const uuid& order_id) const noexcept {
  const auto found = holds_.find(order_id);
  return found == holds_.end() ? nullptr : &found->second;
}

void account::check_invariants() const {
  ORDERD_ASSERT(balances(view_.levels, totals_));
  // `held` is kept as a running sum; counting anew would make a busy account slower with each order.
  ORDERD_ASSERT(holds_.size() > account_recount_holds_max || count(holds_) == view_.levels.held);
}

/// Applies what happened; one overload for each event of an account.
struct account::applier {
  account& state;
  const account_event& event;

  void operator()(const account_opened&) const { ORDERD_ASSERT(!state.exists()); }
  void operator()(const funds_deposited& e) const {
    ORDERD_ASSERT(e.amount > 0);
    add(state.view_.levels.balance, e.amount);
    state.totals_ = with_room_for(e.amount, state.totals_);
    add(state.totals_.deposited, e.amount);
  }
  void operator()(const funds_held& e) const {
    ORDERD_ASSERT(e.amount >= 0 && !e.order_id.is_nil());
    state.view_.levels.balance -= e.amount;
    add(state.view_.levels.held, e.amount);
    const bool added =
        state.holds_.emplace(e.order_id, account_hold{e.order_id, e.attempt, e.amount, false}).second;
    ORDERD_ASSERT(added);
  }
  void operator()(const funds_escrowed& e) const { hold_of(e.order_id, e.amount, false).escrowed = true; }
  void operator()(const funds_returned& e) const {
    end(hold_of(e.order_id, e.amount, e.escrowed));
    add(state.view_.levels.balance, e.amount);
  }
  void operator()(const escrow_captured& e) const {
    ORDERD_ASSERT(is_account_id(e.payee));
    end(hold_of(e.order_id, e.amount, true));
    add(state.totals_.paid_out, e.amount);
  }
  void operator()(const payout_received& e) const {
    ORDERD_ASSERT(e.amount >= 0 && !e.order_id.is_nil());
    add(state.view_.levels.balance, e.amount);
    state.totals_ = with_room_for(e.amount, state.totals_);
    add(state.totals_.paid_in, e.amount);
  }

  [[nodiscard]] account_hold& hold_of(const uuid& order_id, cents amount, bool escrowed) const {
    const auto found = state.holds_.find(order_id);
    ORDERD_ASSERT(found != state.holds_.end());
    ORDERD_ASSERT(found->second.amount == amount && found->second.escrowed == escrowed);
    return found->second;
  }
  void end(const account_hold& hold) const {
    state.view_.levels.held -= hold.amount;
    state.holds_.erase(state.holds_.find(hold.order_id));
  }
};

void account::evolve(const account_event& event) {
  ORDERD_ASSERT(event.version == view_.version + 1);
  ORDERD_ASSERT(is_account_id(event.account_id));
  ORDERD_ASSERT(view_.id.empty() || view_.id == event.account_id);
  // Money that arrives opens its account; nothing else happens to one that is not there.
  ORDERD_ASSERT(exists() || std::holds_alternative<account_opened>(event.what) ||
                std::holds_alternative<payout_received>(event.what));
  std::visit(applier{*this, event}, event.what);
  ORDERD_ASSERT(view_.levels == event.after);
  ORDERD_ASSERT(totals_ == event.totals_after);
  if (!exists()) {
    view_.id = event.account_id;
    view_.created_at = event.at;
  }
  view_.version = event.version;
  view_.updated_at = event.at;
  check_invariants();
}

namespace {

/// The two sides of each event of an account.
struct sides {
  ledger_transfer operator()(const account_opened&) const { return {"world", "balance", 0, {}}; }
  ledger_transfer operator()(const funds_deposited& e) const { return {"world", "balance", e.amount, {}}; }
  ledger_transfer operator()(const funds_held& e) const { return {"balance", "held", e.amount, e.order_id}; }
  ledger_transfer operator()(const funds_escrowed& e) const {
    return {"held", "escrow", e.amount, e.order_id};
  }
  ledger_transfer operator()(const funds_returned& e) const {
    return {e.escrowed ? "escrow" : "held", "balance", e.amount, e.order_id};
  }
  ledger_transfer operator()(const escrow_captured& e) const {
    return {"escrow", "payout", e.amount, e.order_id};
  }
  ledger_transfer operator()(const payout_received& e) const {
    return {"payout", "balance", e.amount, e.order_id};
  }
};

} // namespace

ledger_transfer transfer_of(const account_event& e) noexcept { return std::visit(sides{}, e.what); }

} // namespace orderd
