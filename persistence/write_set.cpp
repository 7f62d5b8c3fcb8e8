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
    order_row& row = row_of(orders_, out_.orders, e.order_id);
    row.id = e.order_id;
    row.version = e.version;
    row.updated_at = e.at;
    std::visit([&](const auto& what) { fold(row, e, what); }, e.what);
    if (const auto status = status_after(e)) {
      row.status = status;
    }
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

  // ---- orders; their statuses are folded for all kinds alike ----
  static void fold(order_row& row, const order_event& e, const order_created& what) {
    row.created = &what;
    row.created_at = e.at;
    row.lines = &what.lines;
    row.total = what.total;
    row.metadata = &what.metadata;
  }
  static void fold(order_row& row, const order_event&, const order_placed& what) {
    row.lines = &what.lines;
    row.total = what.total;
  }
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
    if (aside.size() > 0 && aside.contains(e->event)) {
      out.aside.push_back(&*e);
      continue;
    }
    out.events.push_back(&*e);
    std::visit(fold, e->event);
    const timestamp at = std::visit([](const auto& typed) { return typed.at; }, e->event);
    out.newest = std::max(out.newest.value_or(at), at);
  }
  return out;
}

bool aside_entities::contains(const event& e) const {
  const auto* of_order = std::get_if<order_event>(&e);
  return of_order != nullptr ? orders.contains(of_order->order_id)
                             : skus.contains(std::get<stock_event>(e).sku);
}

void aside_entities::insert(const event& e) {
  if (const auto* of_order = std::get_if<order_event>(&e)) {
    orders.insert(of_order->order_id);
  } else {
    skus.insert(std::get<stock_event>(e).sku);
  }
}

void set_expiry(reservation& r, std::optional<timestamp> deadline) noexcept {
  const bool is_free = r.order_id.is_nil();
  r.expires_at = is_free ? deadline : std::nullopt;
  r.claimed_expiry = is_free ? std::nullopt : deadline;
}

} // namespace orderd
