#include "tests/unit/persistence/legal_history.hpp"

#include "domain/assert.hpp"

namespace orderd::test {
namespace {

const caller the_operator{"orderd", true};

template <class T> T legal(decision<T> decided) {
  ORDERD_ASSERT(decided);
  return std::move(*decided);
}

} // namespace

uuid legal_history::new_id() { return make_uuid_v7(now_, random_(), random_()); }

void legal_history::add(const stock_event& e) {
  items_[e.sku].evolve(e);
  note_reservations(e);
  events_.push_back({events_.size() + 1, e});
}

void legal_history::add(const order_event& e) {
  evolve(orders_[e.order_id], e);
  events_.push_back({events_.size() + 1, e});
}

/// Keeps ended reservations too, as they were when they ended: the item forgets them, a store does not. Looks
/// at none but those that the event names, so that a long history costs no more than its events.
void legal_history::note_reservations(const stock_event& e) {
  const auto ended = [this](const uuid& id, reservation_state state) { reservations_[id].state = state; };
  const auto changed = [&](const uuid& id) {
    reservations_[id] = {e.sku, *items_[e.sku].find(id), reservation_state::active};
  };
  if (const auto* made = std::get_if<stock_reserved>(&e.what))
    changed(made->reservation.id);
  else if (const auto* extended = std::get_if<reservation_extended>(&e.what))
    changed(extended->id);
  else if (const auto* claimed = std::get_if<reservation_claimed>(&e.what))
    changed(claimed->id);
  else if (const auto* unclaimed = std::get_if<reservation_unclaimed>(&e.what))
    changed(unclaimed->id);
  else if (const auto* released = std::get_if<reservation_released>(&e.what))
    ended(released->id, reservation_state::released);
  else if (const auto* committed = std::get_if<reservation_committed>(&e.what))
    ended(committed->id, reservation_state::committed);
  else if (const auto* expired = std::get_if<reservations_expired>(&e.what))
    for (const auto& id : expired->ids)
      ended(id, reservation_state::expired);
}

void legal_history::define(const std::string& sku, std::int64_t on_hand,
                           std::optional<std::int64_t> product_id) {
  add(legal(decide(items_[sku], sku, define_stock{"The " + sku, 250, on_hand, product_id}, now_)));
}
void legal_history::adjust(const std::string& sku, std::int64_t delta) {
  add(legal(decide(items_[sku], adjust_stock{delta, "counted"}, now_)));
}
uuid legal_history::reserve(const std::string& sku, std::int64_t qty, std::chrono::milliseconds ttl) {
  const uuid id = new_id();
  add(legal(decide(items_[sku], reserve_stock{id, qty, "bob", now_ + ttl, {}}, now_)));
  return id;
}
void legal_history::extend(const std::string& sku, const uuid& reservation, std::chrono::milliseconds ttl) {
  add(legal(decide(items_[sku], extend_reservation{reservation, now_ + ttl}, now_)));
}
void legal_history::release(const std::string& sku, const uuid& reservation) {
  add(legal(decide(items_[sku], release_reservation{reservation}, now_)));
}
void legal_history::commit(const std::string& sku, const uuid& reservation) {
  add(legal(decide(items_[sku], commit_reservation{reservation}, now_)));
}
void legal_history::claim(const std::string& sku, const uuid& reservation, const uuid& order) {
  add(legal(decide(items_[sku], claim_reservation{reservation, order, 0}, now_)));
}
void legal_history::settle(const std::string& sku, const uuid& reservation, const uuid& order,
                           order_verdict verdict) {
  if (const auto e = orderd::settle(items_[sku], reservation, order, verdict, now_)) {
    add(*e);
  }
}
void legal_history::expire(const std::string& sku) {
  if (const auto e = expire_due(items_[sku], now_, 100)) {
    add(*e);
  }
}

std::vector<order_line> legal_history::lines_of(const std::string& sku) {
  return {order_line{new_id(), sku, {}, 1, {}, false, {}, now_}};
}

uuid legal_history::create(const std::string& customer, const std::string& sku, order_status status) {
  const uuid id = new_id();
  const create_order command{customer, lines_of(sku), "{\"source\":\"test\"}", "EUR", status};
  add(created_event(id, command, the_operator, now_));
  return id;
}

uuid legal_history::place(const std::string& customer, const std::string& sku) {
  const uuid id = new_id();
  const uuid held = new_id();
  add(legal(decide(items_[sku], reserve_stock{held, 1, customer, {}, id}, now_)));
  std::vector<order_line> lines = lines_of(sku);
  lines[0].reservation = held;
  lines[0].price = items_[sku].view().product.price;
  const cents total = *total_of(lines);
  add(order_event{id, 1, now_, customer,
                  order_created{customer, order_status::processed, "EUR", std::move(lines), total, "{}"}});
  return id;
}

void legal_history::place(const uuid& order) {
  std::vector<order_line> lines = orders_[order].lines;
  for (order_line& line : lines) {
    line.reservation = new_id();
    line.price = items_[line.sku].view().product.price;
    add(legal(
        decide(items_[line.sku], reserve_stock{*line.reservation, line.qty, "alice", {}, order}, now_)));
  }
  add(placed_event(orders_[order], order_status::processed, std::move(lines), the_operator, now_));
}

void legal_history::change(const uuid& order, order_status target) {
  const auto decided =
      legal(decide(orders_[order], change_status{target, "runner-1", "why not", false}, the_operator, now_));
  ORDERD_ASSERT(decided.event);
  add(*decided.event);
}

void legal_history::amend(const uuid& order, const std::string& metadata) {
  add(legal(decide_metadata(orders_[order], metadata, the_operator, now_)));
}

void legal_history::fail(const uuid& order) {
  const orderd::order& state = orders_[order];
  add(order_event{order, state.version + 1, now_, "orderd",
                  order_failed{{"insufficient_stock", "none left"}}});
}

void legal_history::settle(const uuid& order, order_verdict verdict) {
  for (const order_line& line : orders_[order].lines) {
    if (line.reservation) {
      settle(line.sku, *line.reservation, order, verdict);
    }
  }
}

// ---- random steps ----

void legal_history::random_step() {
  advance(std::chrono::milliseconds(random_() % 1'000));
  if (items_.size() < 3) {
    define("SKU-" + std::to_string(items_.size()), 1'000, static_cast<std::int64_t>(items_.size()));
    return;
  }
  const std::string sku = "SKU-" + std::to_string(random_() % 3);
  expire(sku);
  switch (random_() % 4) {
  case 0:
    return step_of_stock(sku);
  case 1:
    return step_of_reservation(sku);
  default:
    if (orders_.empty()) {
      create("alice", sku);
    } else {
      step_of_order(
          std::next(orders_.begin(), static_cast<std::ptrdiff_t>(random_() % orders_.size()))->first);
    }
  }
}

void legal_history::step_of_stock(const std::string& sku) {
  const auto available = items_[sku].view().levels.available();
  switch (random_() % 5) {
  case 0:
    return define(sku, items_[sku].view().levels.reserved + static_cast<std::int64_t>(random_() % 500));
  case 1:
    return adjust(sku, 50);
  case 2:
    return available > 0 ? adjust(sku, -1) : adjust(sku, 10);
  default:
    if (available > 0) {
      reserve(sku, 1, std::chrono::milliseconds(1 + random_() % 60'000));
    }
  }
}

void legal_history::step_of_reservation(const std::string& sku) {
  std::vector<uuid> free;
  for (const auto& [id, stored] : reservations_) {
    if (stored.sku == sku && stored.state == reservation_state::active &&
        stored.reservation.order_id.is_nil()) {
      free.push_back(id);
    }
  }
  if (free.empty()) {
    return;
  }
  const uuid id = free[random_() % free.size()];
  switch (random_() % 5) {
  case 0:
    return release(sku, id);
  case 1:
    return commit(sku, id);
  case 2:
    return extend(sku, id, std::chrono::seconds(90));
  default:
    const uuid order = new_id();
    claim(sku, id, order);
    constexpr order_verdict verdicts[] = {order_verdict::abandon, order_verdict::release,
                                          order_verdict::commit};
    if (random_() % 4 != 0) {
      settle(sku, id, order, verdicts[random_() % 3]);
    }
  }
}

void legal_history::step_of_order(const uuid& id) {
  const order& state = orders_[id];
  const std::string sku = "SKU-" + std::to_string(random_() % 3);
  const bool available = items_[sku].view().levels.available() > 0;
  const bool placeable = !state.lines.empty() && items_[state.lines[0].sku].view().levels.available() > 0;
  switch (random_() % 6) {
  case 0:
    create(random_() % 2 == 0 ? "alice" : "carol", sku,
           random_() % 2 == 0 ? order_status::draft : order_status::registered);
    return;
  case 1:
    if (available) {
      place("dave", sku);
    }
    return;
  case 2:
    return successors(state.status).empty() ? void()
                                            : amend(id, "{\"n\":" + std::to_string(random_() % 100) + "}");
  default:
    break;
  }
  if (state.status == order_status::processed || state.status == order_status::accepted) {
    const bool ends = random_() % 3 == 0;
    const auto target = ends                                      ? order_status::cancelled
                        : state.status == order_status::processed ? order_status::accepted
                                                                  : order_status::completed;
    change(id, target);
    if (target != order_status::accepted && random_() % 4 != 0) {
      settle(id, target == order_status::completed ? order_verdict::commit : order_verdict::release);
    }
  } else if (state.status == order_status::registered && random_() % 3 == 0) {
    fail(id);
  } else if (!successors(state.status).empty()) {
    placeable ? place(id) : change(id, order_status::cancelled);
  }
}

store_batch legal_history::batch(std::uint64_t from, std::uint64_t to) const {
  obligations owed;
  store_batch made;
  for (const sequenced_event& e : events_) {
    if (e.seq > to) {
      break;
    }
    owed.observe(e.event);
    if (e.seq > from) {
      made.events.push_back(e);
    }
  }
  made.last_seq = to;
  made.obligations = owed.open();
  return made;
}

legal_history legal_history::prefix(std::uint64_t seq) const {
  legal_history cut(0);
  for (std::size_t i = 0; i < seq; ++i) {
    std::visit([&](const auto& e) { cut.add(e); }, events_.at(i).event);
  }
  return cut;
}

} // namespace orderd::test
