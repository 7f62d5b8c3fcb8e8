#include "persistence/audit_cross_checks.hpp"

#include "domain/limits.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace orderd {

namespace {

using item = difference_sketch::item;

/// A reservation of an order: its id, the order's, the units and the SKU.
struct held_units {
  uuid reservation_id;
  uuid order_id;
  std::int64_t qty = 0;
  std::string sku;
};

static_assert(sizeof(item) >= 2 * sizeof(uuid) + sizeof(std::int64_t) + sku_bytes_max + 1);

[[nodiscard]] item pack(const held_units& what) {
  item packed{};
  auto* at = reinterpret_cast<char*>(packed.data());
  std::memcpy(at, what.reservation_id.bytes.data(), sizeof(uuid));
  std::memcpy(at + sizeof(uuid), what.order_id.bytes.data(), sizeof(uuid));
  packed[4] = static_cast<std::uint64_t>(what.qty);
  constexpr std::size_t front = 5 * sizeof(std::uint64_t);
  std::memcpy(at + front, what.sku.data(), std::min(what.sku.size(), sizeof(item) - front - 1));
  return packed;
}

[[nodiscard]] held_units unpack_units(const item& packed) {
  held_units what;
  const auto* at = reinterpret_cast<const char*>(packed.data());
  std::memcpy(what.reservation_id.bytes.data(), at, sizeof(uuid));
  std::memcpy(what.order_id.bytes.data(), at + sizeof(uuid), sizeof(uuid));
  what.qty = static_cast<std::int64_t>(packed[4]);
  what.sku = at + 5 * sizeof(std::uint64_t);
  return what;
}

[[nodiscard]] item pack(const uuid& order_id, std::uint64_t attempt, cents amount) {
  item packed{};
  std::memcpy(packed.data(), order_id.bytes.data(), sizeof(uuid));
  packed[2] = attempt;
  packed[3] = static_cast<std::uint64_t>(amount);
  return packed;
}

[[nodiscard]] account_hold unpack_hold(const item& packed) {
  account_hold what;
  std::memcpy(what.order_id.bytes.data(), packed.data(), sizeof(uuid));
  what.attempt = packed[2];
  what.amount = static_cast<cents>(packed[3]);
  return what;
}

[[nodiscard]] std::string described(const held_units& what) {
  return "reservation " + to_string(what.reservation_id) + " of " + std::to_string(what.qty) + " of " +
         what.sku;
}

[[nodiscard]] std::string described(const account_hold& what) {
  return std::to_string(what.amount) + " cents for its payment " + std::to_string(what.attempt);
}

[[nodiscard]] cents amount_of(const order& each) {
  return each.placing.lines.empty() ? each.total : each.placing.total;
}

/// Whether the account may be a step ahead of the order: the money is there, or is not there any more.
[[nodiscard]] bool is_under_way(const order& each) {
  return each.step == saga_step::authorizing || each.step == saga_step::capturing ||
         each.step == saga_step::returning;
}

[[nodiscard]] std::string in_decimal(wide_sum value) {
  const bool negative = value < 0;
  std::string digits;
  do {
    const auto digit = static_cast<int>(value % 10);
    digits.insert(digits.begin(), static_cast<char>('0' + (digit < 0 ? -digit : digit)));
    value /= 10;
  } while (value != 0);
  return negative ? "-" + digits : digits;
}

} // namespace

audit_cross_checks::audit_cross_checks(const std::vector<obligation>& open,
                                       const std::vector<payout_due>& payouts,
                                       const std::vector<entity_key>& aside, std::uint64_t salt)
    : reserved_(salt), held_(~salt) {
  for (const auto& each : open)
    open_.insert(each.reservation_id);
  for (const auto& each : payouts)
    on_its_way_ += each.amount;
  for (const auto& each : aside)
    pass_over(each);
}

void audit_cross_checks::pass_over(const entity_key& entity) {
  accounts_known_ = accounts_known_ && entity.kind != entity_kind::account;
  unknown_.insert(entity);
}

bool audit_cross_checks::is_unknown(entity_kind kind, std::string key) const {
  return !unknown_.empty() && unknown_.contains({kind, std::move(key)});
}

bool audit_cross_checks::is_unknown_order(const uuid& id) const {
  return is_unknown(entity_kind::order, std::string(bytes_of(id)));
}

void audit_cross_checks::take(const entity_key& key, const entity_state& state) {
  if (const auto* item = std::get_if<stock_item>(&state)) {
    for (const auto& [id, each] : item->active())
      take(key.key, each);
  } else if (const auto* whole = std::get_if<order_ptr>(&state)) {
    take(**whole);
  } else {
    const auto& of = std::get<account>(state);
    take(of.view(), of.totals());
    for (const auto& [id, each] : of.holds())
      take(each);
  }
}

void audit_cross_checks::take(const order& each) {
  for (const auto& line : held_lines(each))
    if (line.reservation && !open_.contains(*line.reservation) && !is_unknown(entity_kind::stock, line.sku))
      reserved_.add_left(pack({*line.reservation, each.id, line.qty, line.sku}));
  if (each.keeper != payment_keeper::ledger)
    return;
  if (!is_under_way(each)) {
    if (each.payment == payment_status::authorized)
      held_.add_left(pack(each.id, each.attempt, amount_of(each)));
  } else if (under_way_.size() < under_way_max) {
    // With its placement an order has given up what that came to.
    const bool knows = each.step != saga_step::returning;
    under_way_[each.id] = {each.attempt, knows ? std::optional(amount_of(each)) : std::nullopt};
  } else {
    too_many_under_way_ = true;
  }
}

void audit_cross_checks::take(const std::string& sku, const reservation& active) {
  if (!active.order_id.is_nil() && !open_.contains(active.id) && !is_unknown_order(active.order_id))
    reserved_.add_right(pack({active.id, active.order_id, active.qty, sku}));
}

void audit_cross_checks::take(const account_view& view, const account_totals& totals) {
  deposited_ += totals.deposited;
  there_ += view.levels.balance;
  there_ += view.levels.held;
}

void audit_cross_checks::take(const account_hold& hold) {
  if (is_unknown_order(hold.order_id))
    return;
  const auto known = under_way_.find(hold.order_id);
  if (known == under_way_.end() || known->second.attempt != hold.attempt ||
      known->second.amount.value_or(hold.amount) != hold.amount)
    held_.add_right(pack(hold.order_id, hold.attempt, hold.amount));
}

void audit_cross_checks::conclude(audit_report& report) {
  conclude_reservations(report);
  conclude_holds(report);
  conclude_money(report);
}

void audit_cross_checks::conclude_reservations(audit_report& report) {
  const auto found = reserved_.resolve();
  if (!found.whole)
    report.add("history", {}, "reservations_disagree",
               "reservations and orders disagree in more places than can be told apart");
  for (const auto& each : found.left) {
    const auto what = unpack_units(each);
    if (!is_unknown(entity_kind::stock, what.sku) && !is_unknown_order(what.order_id))
      report.add("order", to_string(what.order_id), "order_without_reservation",
                 "the order counts on " + described(what) + ", which is not active for it");
  }
  for (const auto& each : found.right) {
    const auto what = unpack_units(each);
    if (!is_unknown(entity_kind::stock, what.sku) && !is_unknown_order(what.order_id))
      report.add("stock", what.sku, "reservation_without_order",
                 described(what) + " is active for order " + to_string(what.order_id) +
                     ", which does not count on it");
  }
}

void audit_cross_checks::conclude_holds(audit_report& report) {
  if (too_many_under_way_ || !accounts_known_)
    return report.leave_out("holds");
  const auto found = held_.resolve();
  if (!found.whole)
    report.add("history", {}, "holds_disagree",
               "holds and orders disagree in more places than can be told apart");
  for (const auto& each : found.left) {
    const auto what = unpack_hold(each);
    if (!is_unknown_order(what.order_id))
      report.add("order", to_string(what.order_id), "order_without_hold",
                 "the order counts on " + described(what) + ", which no account holds");
  }
  for (const auto& each : found.right) {
    const auto what = unpack_hold(each);
    if (!is_unknown_order(what.order_id))
      report.add("order", to_string(what.order_id), "hold_without_order",
                 "an account holds " + described(what) + ", which the order does not count on");
  }
}

void audit_cross_checks::conclude_money(audit_report& report) const {
  if (!accounts_known_)
    return report.leave_out("money");
  if (deposited_ == there_ + on_its_way_)
    return;
  report.add("history", {}, "money_does_not_add_up",
             "all accounts together have been given " + in_decimal(deposited_) + " cents and have " +
                 in_decimal(there_) + ", with " + in_decimal(on_its_way_) + " on the way to payees");
}

} // namespace orderd
