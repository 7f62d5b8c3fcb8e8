#include "domain/limits.hpp"
#include "persistence/event_fit.hpp"
#include "persistence/write_set.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace orderd {
namespace {

/// An item in the open: events are laid over it without a check, which the whole must pass afterwards.
struct open_item {
  stock_view view;
  stock_totals totals;
  std::unordered_map<uuid, reservation> active;

  /// False if the event changes what is not there.
  bool take(const stock_event& e) {
    const bool is_known = view.version == 0 || e.sku == view.product.sku;
    if (!is_known || e.version != view.version + 1 ||
        (view.version == 0 && !std::holds_alternative<stock_defined>(e.what)) ||
        !std::visit([&](const auto& what) { return take(e, what); }, e.what)) {
      return false;
    }
    view.levels = e.after;
    view.version = e.version;
    view.updated_at = e.at;
    totals = e.totals_after;
    return true;
  }

 private:
  bool take(const stock_event& e, const stock_defined& what) {
    view.product = what.product;
    return what.product.sku == e.sku;
  }
  static bool take(const stock_event&, const stock_adjusted&) { return true; }
  bool take(const stock_event&, const stock_reserved& what) {
    return active.emplace(what.reservation.id, what.reservation).second;
  }
  bool take(const stock_event&, const reservation_extended& what) {
    return change(what.id, [&](reservation& r) { r.expires_at = what.expires_at; });
  }
  bool take(const stock_event&, const reservation_released& what) { return active.erase(what.id) == 1; }
  bool take(const stock_event&, const reservation_committed& what) { return active.erase(what.id) == 1; }
  bool take(const stock_event&, const reservations_expired& what) {
    return std::all_of(what.ids.begin(), what.ids.end(),
                       [&](const uuid& id) { return active.erase(id) == 1; });
  }
  bool take(const stock_event&, const reservation_claimed& what) {
    return change(what.id, [&](reservation& r) {
      r.order_id = what.order_id;
      r.claimed_expiry = std::exchange(r.expires_at, std::nullopt);
    });
  }
  bool take(const stock_event&, const reservation_unclaimed& what) {
    return change(what.id, [&](reservation& r) {
      r.order_id = {};
      r.expires_at = std::exchange(r.claimed_expiry, std::nullopt);
    });
  }

  template <class Change> bool change(const uuid& id, const Change& make) {
    const auto found = active.find(id);
    if (found == active.end()) {
      return false;
    }
    make(found->second);
    return true;
  }
};

/// An account in the open, in the same way.
struct open_purse {
  account_view view;
  account_totals totals;
  std::unordered_map<uuid, account_hold> holds;

  /// False if the event changes what is not there.
  bool take(const account_event& e) {
    const bool opens =
        std::holds_alternative<account_opened>(e.what) || std::holds_alternative<payout_received>(e.what);
    const bool is_known = view.version == 0 ? opens : e.account_id == view.id;
    if (!is_known || e.version != view.version + 1 ||
        !std::visit([&](const auto& what) { return take(what); }, e.what)) {
      return false;
    }
    view.id = e.account_id;
    view.created_at = view.version == 0 ? e.at : view.created_at;
    view.levels = e.after;
    view.version = e.version;
    view.updated_at = e.at;
    totals = e.totals_after;
    return true;
  }

 private:
  static bool take(const funds_deposited&) { return true; }
  static bool take(const payout_received&) { return true; }
  bool take(const account_opened&) const { return view.version == 0; }
  bool take(const funds_held& what) {
    return holds.emplace(what.order_id, account_hold{what.order_id, what.attempt, what.amount, false}).second;
  }
  bool take(const funds_escrowed& what) {
    const auto found = holds.find(what.order_id);
    if (found == holds.end() || found->second.escrowed || found->second.amount != what.amount) {
      return false;
    }
    found->second.escrowed = true;
    return true;
  }
  bool take(const funds_returned& what) { return holds.erase(what.order_id) == 1; }
  bool take(const escrow_captured& what) { return holds.erase(what.order_id) == 1; }
};

open_item opened(const std::optional<stock_item>& shown) {
  return shown ? open_item{shown->view(), shown->totals(), shown->active()} : open_item{};
}

tl::unexpected<error> no_continuation(const std::string& what, std::uint64_t version) {
  return fail(error_code::damaged,
              "events that are set aside do not continue " + what + " at version " + std::to_string(version));
}

/// Calls `take` for every event of all pages and returns how many there were; ends with the first error.
template <class Take> result<std::size_t> each_event(const aside_pages& next, const Take& take) {
  for (std::size_t count = 0;;) {
    const auto page = next();
    if (!page) {
      return tl::unexpected(page.error());
    }
    if (page->empty()) {
      return count;
    }
    for (const event& each : *page) {
      if (auto taken = take(each); !taken) {
        return tl::unexpected(taken.error());
      }
    }
    count += page->size();
  }
}

} // namespace

bool adds_up(const stock_view& view, const stock_totals& totals, const std::vector<reservation>& active) {
  std::int64_t reserved = 0;
  const bool sound = std::all_of(active.begin(), active.end(), [&](const reservation& r) {
    const bool holds = r.qty > 0 && r.qty <= qty_max && !r.id.is_nil() &&
                       r.expires_at.has_value() == r.order_id.is_nil() &&
                       !(r.claimed_expiry && r.order_id.is_nil());
    reserved += holds ? r.qty : 0;
    return holds;
  });
  const auto& levels = view.levels;
  const auto gone = checked_add(totals.committed, totals.adjusted_out);
  return sound && view.version > 0 && reserved == levels.reserved && levels.on_hand <= on_hand_max &&
         levels.reserved <= levels.on_hand && totals.received >= 0 && totals.committed >= 0 &&
         totals.adjusted_out >= 0 && gone && totals.received - *gone == levels.on_hand;
}

result<order_ptr> with_aside(order_ptr shown, const aside_pages& next) {
  order state = shown != nullptr ? *shown : order{};
  const auto taken = each_event(next, [&](const event& each) -> result<void> {
    const auto* e = std::get_if<order_event>(&each);
    if (e != nullptr && e->version <= state.version) {
      return {};
    }
    if (e == nullptr || misfit(state, *e) != nullptr) {
      return no_continuation("the order " + to_string(state.id), state.version);
    }
    evolve(state, *e);
    return {};
  });
  if (!taken) {
    return tl::unexpected(taken.error());
  }
  if (*taken == 0) {
    return shown;
  }
  if (state.version == 0) {
    return no_continuation("an order", 0);
  }
  if (state.withdrawn)
    return order_ptr{};
  return std::make_shared<const order>(std::move(state));
}

result<std::optional<stock_item>> with_aside(std::optional<stock_item> shown, const aside_pages& next) {
  open_item item = opened(shown);
  const auto taken = each_event(next, [&](const event& each) -> result<void> {
    const auto* e = std::get_if<stock_event>(&each);
    if (e != nullptr && e->version <= item.view.version) {
      return {};
    }
    if (e == nullptr || !item.take(*e)) {
      return no_continuation("the item " + item.view.product.sku, item.view.version);
    }
    return {};
  });
  if (!taken) {
    return tl::unexpected(taken.error());
  }
  if (*taken == 0) {
    return shown;
  }
  std::vector<reservation> active;
  active.reserve(item.active.size());
  for (auto& [id, r] : item.active) {
    active.push_back(std::move(r));
  }
  if (!adds_up(item.view, item.totals, active)) {
    return no_continuation("the units of the item " + item.view.product.sku, item.view.version);
  }
  return stock_item(std::move(item.view), item.totals, std::move(active));
}

result<std::optional<account>> with_aside(std::optional<account> shown, const aside_pages& next) {
  open_purse purse = shown ? open_purse{shown->view(), shown->totals(), shown->holds()} : open_purse{};
  const auto taken = each_event(next, [&](const event& each) -> result<void> {
    const auto* e = std::get_if<account_event>(&each);
    if (e != nullptr && e->version <= purse.view.version) {
      return {};
    }
    if (e == nullptr || !purse.take(*e)) {
      return no_continuation("the account " + purse.view.id, purse.view.version);
    }
    return {};
  });
  if (!taken) {
    return tl::unexpected(taken.error());
  }
  if (*taken == 0) {
    return shown;
  }
  if (purse.view.version == 0 || !adds_up(purse.view, purse.totals, purse.holds)) {
    return no_continuation("the money of the account " + purse.view.id, purse.view.version);
  }
  return account(std::move(purse.view), purse.totals, std::move(purse.holds));
}

std::optional<stored_reservation> with_aside(std::optional<stored_reservation> shown, const uuid& id,
                                             const std::vector<event>& aside) {
  store_batch batch;
  for (const event& each : aside) {
    batch.events.push_back({++batch.last_seq, each});
  }
  const write_set rows = make_write_set(batch, 0);
  const auto row = std::find_if(rows.reservations.begin(), rows.reservations.end(),
                                [&](const reservation_row& each) { return each.id == id; });
  if (row == rows.reservations.end() || (row->made == nullptr && !shown)) {
    return shown;
  }
  if (row->made != nullptr) {
    shown = stored_reservation{std::string(row->sku), *row->made, row->state};
  }
  reservation& r = shown->reservation;
  const auto kept = r.expires_at ? r.expires_at : r.claimed_expiry;
  r.order_id = row->order_id.value_or(r.order_id);
  set_expiry(r, row->deadline ? row->deadline : kept);
  shown->state = row->state;
  return shown;
}

} // namespace orderd
