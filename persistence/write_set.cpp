#include "persistence/write_set.hpp"

#include "domain/assert.hpp"

#include <algorithm>
#include <unordered_map>

namespace orderd {
namespace {

/// The row of `key` in `rows`, appended on first sight.
template <class Key, class Row>
Row& row_of(std::unordered_map<Key, std::size_t>& index, std::vector<Row>& rows, const Key& key) {
  const auto [found, is_new] = index.try_emplace(key, rows.size());
  return is_new ? rows.emplace_back() : rows[found->second];
}

/// Folds events into rows; one overload for each kind.
class coalescer {
 public:
  coalescer(write_set& out, std::size_t events) : out_(out) {
    orders_.reserve(events);
    reservations_.reserve(events);
  }

  void operator()(const stock_event& e) {
    stock_row& row = row_of(stock_, out_.stock, std::string_view(e.sku));
    row.sku = e.sku;
    row.version = e.version;
    row.updated_at = e.at;
    row.levels = e.after;
    row.totals = e.totals_after;
    std::visit([&](const auto& what) { fold(row, e, what); }, e.what);
  }

  void operator()(const order_event& e) {
    // There never was an order, and so there is no row that could go.
    if (std::holds_alternative<order_refused>(e.what))
      return;
    order_row& row = row_of(orders_, out_.orders, e.order_id);
    row.id = e.order_id;
    row.version = e.version;
    row.updated_at = e.at;
    std::visit([&](const auto& what) { fold(row, e, what); }, e.what);
    if (const auto status = status_after(e))
      row.status = status;
    if (const auto payment = payment_after(e))
      row.payment = payment;
    if (const auto step = step_after(e))
      row.step = step;
    if (auto delay = delay_after(e))
      row.delay = std::move(delay);
  }

  void operator()(const account_event& e) {
    account_row& row = row_of(accounts_, out_.accounts, std::string_view(e.account_id));
    row.id = e.account_id;
    row.version = e.version;
    row.updated_at = e.at;
    if (e.version == 1)
      row.created_at = e.at;
    row.levels = e.after;
    row.totals = e.totals_after;
    std::visit([&](const auto& what) { fold(e, what); }, e.what);
  }

  void operator()(const request_record&) {}

  void remember(const request_record& record) {
    const auto [found, is_new] = requests_.try_emplace(record.key, out_.requests.size());
    if (is_new)
      out_.requests.push_back(&record);
    else
      out_.requests[found->second] = &record;
  }

 private:
  reservation_row& reservation_of(const stock_event& e, const uuid& id) {
    reservation_row& row = row_of(reservations_, out_.reservations, id);
    row.id = id;
    row.sku = e.sku;
    row.version = e.version;
    return row;
  }

  void end(const stock_event& e, const uuid& id, reservation_state state) {
    reservation_row& row = reservation_of(e, id);
    row.state = state;
    row.ended_at = e.at;
  }

  // ---- stock ----
  static void fold(stock_row& row, const stock_event&, const stock_defined& what) {
    row.product = &what.product;
  }
  static void fold(stock_row&, const stock_event&, const stock_adjusted&) {}
  void fold(stock_row&, const stock_event& e, const stock_reserved& what) {
    const reservation& r = what.reservation;
    reservation_row& row = reservation_of(e, r.id);
    row.made = &r;
    row.order_id = r.order_id;
    row.deadline = r.order_id.is_nil() ? r.expires_at : r.claimed_expiry;
  }
  void fold(stock_row&, const stock_event& e, const reservation_extended& what) {
    reservation_of(e, what.id).deadline = what.expires_at;
  }
  void fold(stock_row&, const stock_event& e, const reservation_released& what) {
    end(e, what.id, reservation_state::released);
  }
  void fold(stock_row&, const stock_event& e, const reservation_committed& what) {
    end(e, what.id, reservation_state::committed);
  }
  void fold(stock_row&, const stock_event& e, const reservations_expired& what) {
    for (const uuid& id : what.ids) {
      end(e, id, reservation_state::expired);
    }
  }
  void fold(stock_row&, const stock_event& e, const reservation_claimed& what) {
    reservation_of(e, what.id).order_id = what.order_id;
  }
  void fold(stock_row&, const stock_event& e, const reservation_unclaimed& what) {
    reservation_of(e, what.id).order_id = uuid{};
  }

  // ---- accounts ----
  hold_row& hold_of(const account_event& e, const uuid& order_id) {
    hold_row& row = row_of(holds_, out_.holds, order_id);
    row.account_id = e.account_id;
    row.order_id = order_id;
    return row;
  }
  void fold(const account_event& e, const funds_held& what) {
    hold_row& row = hold_of(e, what.order_id);
    row.made = &what;
    row.escrowed = false;
    row.ended = false;
  }
  void fold(const account_event& e, const funds_escrowed& what) { hold_of(e, what.order_id).escrowed = true; }
  void fold(const account_event& e, const funds_returned& what) { hold_of(e, what.order_id).ended = true; }
  void fold(const account_event& e, const escrow_captured& what) { hold_of(e, what.order_id).ended = true; }
  template <class Other> void fold(const account_event&, const Other&) {}

  // ---- orders; their statuses are folded for all kinds alike ----
  static void fold(order_row& row, const order_event& e, const order_created& what) {
    row.created = &what;
    row.created_at = e.at;
    row.lines = &what.lines;
    row.total = what.total;
    row.metadata = &what.metadata;
    row.accept_by = what.accept_by;
  }
  static void fold(order_row& row, const order_event&, const order_placed& what) {
    row.lines = &what.lines;
    row.total = what.total;
    row.accept_by = what.accept_by;
  }
  static void fold(order_row& row, const order_event& e, const order_reserved& what) {
    row.placing = &what.placing;
    row.attempt = e.version;
    row.keeper = what.keeper;
  }
  static void fold(order_row& row, const order_event&, const capture_started& what) {
    row.payee = &what.payee;
  }
  static void fold(order_row& row, const order_event&, const order_withdrawn& what) {
    row.failure = &what.failure;
    row.withdrawn = true;
  }
  template <class Other> static void fold(order_row&, const order_event&, const Other&) {}
  static void fold(order_row& row, const order_event&, const order_accepted& what) {
    row.runner_id = &what.runner_id;
  }
  static void fold(order_row&, const order_event&, const order_completed&) {}
  static void fold(order_row&, const order_event&, const order_cancelled&) {}
  static void fold(order_row& row, const order_event&, const order_failed& what) {
    row.failure = &what.failure;
  }
  static void fold(order_row& row, const order_event&, const order_amended& what) {
    row.metadata = &what.metadata;
  }

  write_set& out_;
  std::unordered_map<std::string_view, std::size_t> stock_;
  std::unordered_map<uuid, std::size_t> orders_;
  std::unordered_map<uuid, std::size_t> reservations_;
  std::unordered_map<std::string_view, std::size_t> accounts_;
  std::unordered_map<uuid, std::size_t> holds_; ///< by order: a payment has one payer
  std::unordered_map<uuid, std::size_t> requests_;
};

} // namespace

write_set make_write_set(const store_batch& batch, std::uint64_t applied_seq, const aside_entities& aside) {
  const auto first =
      std::upper_bound(batch.events.begin(), batch.events.end(), applied_seq,
                       [](std::uint64_t applied, const sequenced_event& e) { return applied < e.seq; });
  const auto count = static_cast<std::size_t>(batch.events.end() - first);
  write_set out;
  out.events.reserve(count);
  coalescer fold(out, count);
  std::uint64_t last = applied_seq;
  for (auto e = first; e != batch.events.end(); ++e) {
    ORDERD_ASSERT(e->seq > last && e->seq <= batch.last_seq);
    last = e->seq;
    if (const auto* record = e->record(); record != nullptr && batch.remembers)
      fold.remember(*record);
    if (aside.size() > 0 && aside.contains(e->event)) {
      out.aside.push_back(&*e);
      continue;
    }
    out.events.push_back(&*e);
    std::visit(fold, e->event);
    const timestamp at = time_of(e->event);
    out.newest = std::max(out.newest.value_or(at), at);
  }
  return out;
}

bool aside_entities::contains(const event& e) const {
  if (const auto* of_order = std::get_if<order_event>(&e))
    return orders.contains(of_order->order_id);
  if (const auto* of_stock = std::get_if<stock_event>(&e))
    return skus.contains(of_stock->sku);
  const auto* of_account = std::get_if<account_event>(&e);
  return of_account != nullptr && accounts.contains(of_account->account_id);
}

void aside_entities::insert(const event& e) {
  if (const auto* of_order = std::get_if<order_event>(&e))
    orders.insert(of_order->order_id);
  else if (const auto* of_stock = std::get_if<stock_event>(&e))
    skus.insert(of_stock->sku);
  else if (const auto* of_account = std::get_if<account_event>(&e))
    accounts.insert(of_account->account_id);
}

void set_expiry(reservation& r, std::optional<timestamp> deadline) noexcept {
  const bool is_free = r.order_id.is_nil();
  r.expires_at = is_free ? deadline : std::nullopt;
  r.claimed_expiry = is_free ? std::nullopt : deadline;
}

} // namespace orderd
