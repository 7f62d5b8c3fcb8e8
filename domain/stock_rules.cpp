#include "domain/stock_rules.hpp"

#include "domain/assert.hpp"
#include "domain/limits.hpp"

#include <limits>
#include <utility>

namespace orderd {

namespace {

using decided = decision<stock_event>;

/// The item's next event, before it is said what happens and what that changes.
[[nodiscard]] stock_event next_event(const stock_item& item, const std::string& sku, timestamp now) {
  stock_event e;
  e.sku = sku;
  e.version = item.view().version + 1;
  e.at = now;
  e.after = item.view().levels;
  e.totals_after = item.totals();
  return e;
}

[[nodiscard]] stock_event next_event(const stock_item& item, timestamp now) {
  return next_event(item, item.view().product.sku, now);
}

[[nodiscard]] auto no_such_item(const stock_item& item, rejection_code code) {
  const auto& sku = item.view().product.sku;
  return refuse(code, sku.empty() ? "there is no such product" : "there is no product " + sku, "sku");
}

[[nodiscard]] auto no_such_reservation(const uuid& id) {
  return refuse(rejection_code::not_found, "there is no reservation " + to_string(id), "id");
}

/// `requested` units were asked for or are to go, which is more than are available.
[[nodiscard]] auto short_of(const stock_item& item, std::int64_t requested) {
  const auto& sku = item.view().product.sku;
  const auto available = item.view().levels.available();
  rejection r{rejection_code::insufficient_stock,
              sku + ": " + std::to_string(requested) + " requested, " + std::to_string(available) +
                  " available",
              {},
              {{sku, requested, available}},
              {}};
  return tl::unexpected<rejection>(std::move(r));
}

[[nodiscard]] auto out_of_bounds(std::string field, std::int64_t value, std::int64_t min, std::int64_t max) {
  auto detail = field + " is " + std::to_string(value) + " and must be from " + std::to_string(min) + " to " +
                std::to_string(max);
  return refuse(rejection_code::invalid_field, std::move(detail), std::move(field));
}

/// Adds units to `e`, or takes them away; nothing if the sums over the history would overflow.
[[nodiscard]] bool move_units(stock_event& e, std::int64_t delta) {
  auto& total = delta >= 0 ? e.totals_after.received : e.totals_after.adjusted_out;
  const auto sum = checked_add(total, delta >= 0 ? delta : -delta);
  if (!sum)
    return false;
  total = *sum;
  e.after.on_hand += delta;
  return true;
}

/// Has the event say it if the item, a product `p` from then on, becomes low by it.
void mark_low(stock_event& e, const stock_item& item, const product& p) {
  if (is_low(p, e.after) && !is_low(item.view().product, item.view().levels))
    e.low_at = p.low_threshold;
}

[[nodiscard]] auto history_full(const char* field) {
  return refuse(rejection_code::invalid_field, "the sum of all movements would pass 2^63 - 1 units", field);
}

/// A reservation that its holder may still decide over at `now`.
[[nodiscard]] decision<const reservation*> find_own(const stock_item& item, const uuid& id, timestamp now) {
  const auto* const r = item.find(id);
  if (r == nullptr)
    return no_such_reservation(id);
  if (r->expires_at && *r->expires_at <= now)
    return refuse(rejection_code::reservation_expired,
                  "reservation " + to_string(id) + " expired at " + to_rfc3339(*r->expires_at), "id");
  if (!r->order_id.is_nil())
    return refuse(rejection_code::illegal_transition,
                  "reservation " + to_string(id) + " belongs to order " + to_string(r->order_id), "id");
  return r;
}

[[nodiscard]] stock_event released_event(const stock_item& item, const reservation& r, timestamp now) {
  auto e = next_event(item, now);
  e.after.reserved -= r.qty;
  e.what = reservation_released{r.id};
  return e;
}

[[nodiscard]] stock_event committed_event(const stock_item& item, const reservation& r, timestamp now) {
  auto e = next_event(item, now);
  e.after.reserved -= r.qty;
  e.after.on_hand -= r.qty;
  e.totals_after.committed += r.qty;
  e.what = reservation_committed{r.id};
  return e;
}

} // namespace

decided decide(const stock_item& item, const std::string& sku, const define_stock& command, timestamp now) {
  ORDERD_ASSERT(item.view().product.sku.empty() || item.view().product.sku == sku);
  ORDERD_ASSERT(!command.low_threshold || !command.drops_low_threshold);
  if (sku.empty() || sku.size() > sku_bytes_max)
    return refuse(rejection_code::invalid_field,
                  "the sku has " + std::to_string(sku.size()) + " bytes and must have from 1 to " +
                      std::to_string(sku_bytes_max),
                  "sku");
  const auto& levels = item.view().levels;
  const auto on_hand = command.on_hand.value_or(levels.on_hand);
  if (on_hand < 0 || on_hand > on_hand_max)
    return out_of_bounds("on_hand", on_hand, 0, on_hand_max);
  if (command.price && (*command.price < 0 || *command.price > price_max))
    return out_of_bounds("price_cents", *command.price, 0, price_max);
  if (const auto low = command.low_threshold.value_or(0); low < 0 || low > on_hand_max)
    return out_of_bounds("low_stock_threshold", low, 0, on_hand_max);
  if (on_hand < levels.reserved)
    return short_of(item, levels.on_hand - on_hand);

  auto e = next_event(item, sku, now);
  if (!move_units(e, on_hand - levels.on_hand))
    return history_full("on_hand");
  auto product = item.view().product;
  if (!item.exists()) {
    product.sku = sku;
    product.name = sku;
  }
  product.name = command.name.value_or(std::move(product.name));
  product.price = command.price.value_or(product.price);
  if (command.product_id)
    product.product_id = command.product_id;
  if (command.low_threshold || command.drops_low_threshold)
    product.low_threshold = command.low_threshold;
  mark_low(e, item, product);
  e.what = stock_defined{std::move(product)};
  return e;
}

decided decide(const stock_item& item, const adjust_stock& command, timestamp now) {
  if (!item.exists())
    return no_such_item(item, rejection_code::not_found);
  const auto& levels = item.view().levels;
  if (command.delta == 0)
    return refuse(rejection_code::invalid_field, "delta is 0 and would change nothing", "delta");
  if (command.delta > on_hand_max - levels.on_hand)
    return out_of_bounds("delta", command.delta, -levels.available(), on_hand_max - levels.on_hand);
  if (command.delta < -levels.available()) {
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    // The lowest delta has no positive counterpart.
    return short_of(item, command.delta < -most ? most : -command.delta);
  }
  auto e = next_event(item, now);
  if (!move_units(e, command.delta))
    return history_full("delta");
  mark_low(e, item, item.view().product);
  e.what = stock_adjusted{command.delta, command.reason};
  return e;
}

decided decide(const stock_item& item, const reserve_stock& command, timestamp now) {
  const bool for_order = !command.order_id.is_nil();
  ORDERD_ASSERT(command.expires_at.has_value() != for_order);
  ORDERD_ASSERT(!command.expires_at || *command.expires_at > now);
  ORDERD_ASSERT(!command.id.is_nil() && item.find(command.id) == nullptr);
  // Asked for by its path the item is a resource that is missing; named by an order's line it is a wrong
  // value.
  if (!item.exists())
    return no_such_item(item, for_order ? rejection_code::unknown_product : rejection_code::not_found);
  if (command.qty < 1 || command.qty > qty_max)
    return out_of_bounds("qty", command.qty, 1, qty_max);
  if (command.qty > item.view().levels.available())
    return short_of(item, command.qty);
  auto e = next_event(item, now);
  e.after.reserved += command.qty;
  mark_low(e, item, item.view().product);
  e.what = stock_reserved{reservation{.id = command.id,
                                      .qty = command.qty,
                                      .holder = command.holder,
                                      .created_at = now,
                                      .expires_at = command.expires_at,
                                      .order_id = command.order_id,
                                      .claimed_expiry = std::nullopt}};
  return e;
}

decided decide(const stock_item& item, const extend_reservation& command, timestamp now) {
  ORDERD_ASSERT(command.expires_at > now);
  const auto found = find_own(item, command.id, now);
  if (!found)
    return tl::unexpected(found.error());
  auto e = next_event(item, now);
  e.what = reservation_extended{command.id, command.expires_at};
  return e;
}

decided decide(const stock_item& item, const release_reservation& command, timestamp now) {
  const auto* const r = item.find(command.id);
  if (r == nullptr)
    return no_such_reservation(command.id);
  // Giving back what has expired a moment ago is what its holder wanted.
  if (r->order_id.is_nil())
    return released_event(item, *r, now);
  return tl::unexpected(find_own(item, command.id, now).error());
}

decided decide(const stock_item& item, const commit_reservation& command, timestamp now) {
  const auto found = find_own(item, command.id, now);
  if (!found)
    return tl::unexpected(found.error());
  return committed_event(item, **found, now);
}

decided decide(const stock_item& item, const claim_reservation& command, timestamp now) {
  ORDERD_ASSERT(!command.order_id.is_nil());
  const auto found = find_own(item, command.id, now);
  if (!found)
    return tl::unexpected(found.error());
  if (command.qty != 0 && command.qty != (*found)->qty)
    return refuse(rejection_code::invalid_field,
                  "reservation " + to_string(command.id) + " holds " + std::to_string((*found)->qty) +
                      " units, not " + std::to_string(command.qty),
                  "qty");
  auto e = next_event(item, now);
  e.what = reservation_claimed{command.id, command.order_id};
  return e;
}

std::optional<stock_event> settle(const stock_item& item, const uuid& reservation_id, const uuid& order_id,
                                  order_verdict verdict, timestamp now) {
  ORDERD_ASSERT(!order_id.is_nil());
  const auto* const r = item.find(reservation_id);
  if (r == nullptr || r->order_id != order_id)
    return std::nullopt;
  if (verdict == order_verdict::commit)
    return committed_event(item, *r, now);
  if (verdict == order_verdict::release || !r->claimed_expiry)
    return released_event(item, *r, now);
  auto e = next_event(item, now);
  e.what = reservation_unclaimed{reservation_id};
  return e;
}

std::optional<stock_event> expire_due(const stock_item& item, timestamp now, std::size_t max) {
  auto ids = item.due(now, max);
  if (ids.empty())
    return std::nullopt;
  auto e = next_event(item, now);
  for (const auto& id : ids)
    e.after.reserved -= item.find(id)->qty;
  e.what = reservations_expired{std::move(ids)};
  return e;
}

} // namespace orderd
