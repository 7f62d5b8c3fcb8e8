#include "domain/stock.hpp"

#include "domain/assert.hpp"
#include "domain/events.hpp"
#include "domain/limits.hpp"

#include <algorithm>

namespace orderd {

std::string_view to_text(reservation_state state) noexcept {
  switch (state) {
  case reservation_state::active:
    return "active";
  case reservation_state::committed:
    return "committed";
  case reservation_state::released:
    return "released";
  case reservation_state::expired:
    return "expired";
  }
  assertion_failed("known reservation_state", __FILE__, __LINE__);
}

bool is_low(const product& p, const stock_levels& levels) noexcept {
  return p.low_threshold && levels.available() <= *p.low_threshold;
}

stock_item::stock_item(stock_view view, stock_totals totals, std::vector<reservation> active)
    : view_(std::move(view)), totals_(totals) {
  const auto stored_reserved = view_.levels.reserved;
  view_.levels.reserved = 0;
  active_.reserve(active.size());
  for (const auto& r : active)
    add(r);
  ORDERD_ASSERT(view_.levels.reserved == stored_reserved);
  ORDERD_ASSERT(exists() || (totals_ == stock_totals{} && view_.levels == stock_levels{}));
  check_invariants();
}

const reservation* stock_item::find(const uuid& id) const noexcept {
  const auto found = active_.find(id);
  return found == active_.end() ? nullptr : &found->second;
}

std::optional<timestamp> stock_item::next_expiry() const {
  drop_stale_deadlines();
  return deadlines_.empty() ? std::nullopt : std::optional(deadlines_.front().at);
}

std::vector<uuid> stock_item::due(timestamp now, std::size_t max) const {
  std::vector<deadline> found;
  while (found.size() < max) {
    drop_stale_deadlines();
    if (deadlines_.empty() || deadlines_.front().at > now)
      break;
    std::pop_heap(deadlines_.begin(), deadlines_.end(), later);
    const deadline next = deadlines_.back();
    deadlines_.pop_back();
    // A reservation that was extended or claimed and came back may stand here twice, one after the other.
    if (found.empty() || found.back().id != next.id)
      found.push_back(next);
  }
  std::vector<uuid> ids;
  ids.reserve(found.size());
  // They stay due until an event ends them.
  for (const auto& d : found) {
    ids.push_back(d.id);
    deadlines_.push_back(d);
    std::push_heap(deadlines_.begin(), deadlines_.end(), later);
  }
  return ids;
}

bool stock_item::later(const deadline& a, const deadline& b) noexcept {
  return a.at != b.at ? a.at > b.at : a.id > b.id;
}

void stock_item::add_deadline(const reservation& r) {
  if (!r.expires_at)
    return;
  deadlines_.push_back({*r.expires_at, r.id});
  if (deadlines_.size() <= 2 * active_.size() + stale_deadlines_max) {
    std::push_heap(deadlines_.begin(), deadlines_.end(), later);
    return;
  }
  deadlines_.clear();
  for (const auto& [id, each] : active_) {
    if (each.expires_at)
      deadlines_.push_back({*each.expires_at, id});
  }
  std::make_heap(deadlines_.begin(), deadlines_.end(), later);
}

void stock_item::drop_stale_deadlines() const {
  while (!deadlines_.empty() && !is_current(deadlines_.front())) {
    std::pop_heap(deadlines_.begin(), deadlines_.end(), later);
    deadlines_.pop_back();
  }
}

bool stock_item::is_current(const deadline& d) const noexcept {
  const auto* const r = find(d.id);
  return r != nullptr && r->expires_at == d.at;
}

void stock_item::add(const reservation& r) {
  ORDERD_ASSERT(r.qty > 0 && r.qty <= qty_max && !r.id.is_nil());
  // Units are held until an expiry or for an order, never forever for nobody.
  ORDERD_ASSERT(r.expires_at.has_value() == r.order_id.is_nil());
  ORDERD_ASSERT(!r.claimed_expiry || !r.order_id.is_nil());
  const bool added = active_.emplace(r.id, r).second;
  ORDERD_ASSERT(added);
  view_.levels.reserved += r.qty;
  add_deadline(r);
}

void stock_item::end(const uuid& id, bool units_leave) {
  const auto found = active_.find(id);
  ORDERD_ASSERT(found != active_.end());
  const auto qty = found->second.qty;
  active_.erase(found);
  view_.levels.reserved -= qty;
  if (units_leave) {
    view_.levels.on_hand -= qty;
    totals_.committed += qty;
  }
}

void stock_item::check_invariants() const {
  const auto& levels = view_.levels;
  ORDERD_ASSERT(levels.on_hand >= 0 && levels.on_hand <= on_hand_max);
  ORDERD_ASSERT(levels.reserved >= 0 && levels.available() >= 0);
  ORDERD_ASSERT(totals_.received >= 0 && totals_.committed >= 0 && totals_.adjusted_out >= 0);
  ORDERD_ASSERT(totals_.received - totals_.committed - totals_.adjusted_out == levels.on_hand);
  // `reserved` is kept as a running sum; counting anew would make a hot item slower with each reservation.
  if (active_.size() > stock_recount_reservations_max)
    return;
  std::int64_t counted = 0;
  for (const auto& [id, r] : active_)
    counted += r.qty;
  ORDERD_ASSERT(counted == levels.reserved);
}

/// Applies what happened; one overload for each event of an item.
struct stock_item::applier {
  stock_item& item;
  const stock_event& event;

  void operator()(const stock_defined& e) const {
    ORDERD_ASSERT(e.product.sku == event.sku);
    ORDERD_ASSERT(e.product.price >= 0 && e.product.price <= price_max);
    ORDERD_ASSERT(e.product.low_threshold.value_or(0) >= 0 &&
                  e.product.low_threshold.value_or(0) <= on_hand_max);
    item.view_.product = e.product;
    // The event says how many there are now; what that changes is accounted as a receipt or a loss.
    move_units(event.after.on_hand - item.view_.levels.on_hand);
  }
  void operator()(const stock_adjusted& e) const { move_units(e.delta); }
  void operator()(const stock_reserved& e) const { item.add(e.reservation); }
  void operator()(const reservation_extended& e) const {
    auto& r = active(e.id);
    ORDERD_ASSERT(r.order_id.is_nil());
    r.expires_at = e.expires_at;
    item.add_deadline(r);
  }
  void operator()(const reservation_released& e) const { item.end(e.id, false); }
  void operator()(const reservation_committed& e) const { item.end(e.id, true); }
  void operator()(const reservations_expired& e) const {
    ORDERD_ASSERT(!e.ids.empty());
    for (const auto& id : e.ids) {
      const auto& r = active(id);
      ORDERD_ASSERT(r.expires_at && *r.expires_at <= event.at);
      item.end(id, false);
    }
  }
  void operator()(const reservation_claimed& e) const {
    auto& r = active(e.id);
    ORDERD_ASSERT(r.order_id.is_nil() && !e.order_id.is_nil());
    r.order_id = e.order_id;
    r.claimed_expiry = std::exchange(r.expires_at, std::nullopt);
  }
  void operator()(const reservation_unclaimed& e) const {
    auto& r = active(e.id);
    ORDERD_ASSERT(r.claimed_expiry);
    r.order_id = {};
    r.expires_at = std::exchange(r.claimed_expiry, std::nullopt);
    item.add_deadline(r);
  }

  void move_units(std::int64_t delta) const {
    item.view_.levels.on_hand += delta;
    (delta >= 0 ? item.totals_.received : item.totals_.adjusted_out) += delta >= 0 ? delta : -delta;
  }
  [[nodiscard]] reservation& active(const uuid& id) const {
    const auto found = item.active_.find(id);
    ORDERD_ASSERT(found != item.active_.end());
    return found->second;
  }
};

void stock_item::evolve(const stock_event& event) {
  ORDERD_ASSERT(event.version == view_.version + 1);
  ORDERD_ASSERT(exists() || std::holds_alternative<stock_defined>(event.what));
  ORDERD_ASSERT(!event.sku.empty() && event.sku.size() <= sku_bytes_max);
  ORDERD_ASSERT(view_.product.sku.empty() || view_.product.sku == event.sku);
  const bool was_low = is_low(view_.product, view_.levels);
  std::visit(applier{*this, event}, event.what);
  ORDERD_ASSERT(view_.levels == event.after);
  ORDERD_ASSERT(totals_ == event.totals_after);
  const bool becomes_low = !was_low && is_low(view_.product, view_.levels);
  ORDERD_ASSERT(event.low_at == (becomes_low ? view_.product.low_threshold : std::nullopt));
  view_.version = event.version;
  view_.updated_at = event.at;
  check_invariants();
}

} // namespace orderd
