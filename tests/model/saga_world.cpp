#include "tests/model/saga_world.hpp"

#include "domain/account_rules.hpp"
#include "tests/support/order_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>

namespace orderd::test {

namespace {

const std::array<std::string, 3> skus{"A", "B", "C"};
const std::array<std::string, 2> buyers{"alice", "carol"};
const std::array<std::string, 3> owners{"alice", "carol", "bob"};
constexpr std::size_t orders_max = 40;

} // namespace

saga_world::saga_world(money_mover mover, std::uint64_t seed, std::int64_t units_each)
    : mover_(mover), random_(seed), now_(after_s(0)) {
  for (std::size_t i = 0; i < skus.size(); ++i) {
    define_stock c;
    c.price = static_cast<cents>(i) * 60; // The first one costs nothing.
    append(decide(books_.items[skus[i]], skus[i], c, now_).value());
    append(decide(books_.items[skus[i]], adjust_stock{units_each, "first"}, now_).value());
  }
  for (const auto& name : owners) {
    books_.accounts.emplace(name, account_named(name));
    append(*decide(books_.accounts.at(name), open_account{}, name, now_));
    append(decide(books_.accounts.at(name), deposit_funds{900, "first"}, name, now_).value());
  }
  sync();
}

uuid saga_world::fresh_id() { return numbered(++ids_); }

void saga_world::append(const event& e) {
  books_.apply(e);
  journal_.push_back(e);
}

// ---- what is under way ----

void saga_world::step() {
  now_ += std::chrono::milliseconds(below(1'500));
  if (tasks_.size() < 8 && below(3) == 0)
    start();
  else if (!tasks_.empty())
    advance(below(tasks_.size()));
  if (below(6) == 0)
    sync();
  books_.check_sums();
}

void saga_world::advance(std::size_t index) {
  const auto step = std::move(tasks_[index].steps.front());
  tasks_[index].steps.pop_front();
  next_.clear();
  step();
  // Tasks may have been added meanwhile, none removed.
  auto& steps = tasks_[index].steps;
  steps.insert(steps.begin(), next_.begin(), next_.end());
  if (steps.empty())
    tasks_.erase(tasks_.begin() + static_cast<std::ptrdiff_t>(index));
}

/// Makes a task of the order's of the steps in `next_`.
void saga_world::begin(const uuid& order_id) {
  if (!next_.empty())
    tasks_.push_back({std::exchange(next_, {}), order_id});
}

bool saga_world::is_busy(const uuid& order_id) const {
  return std::any_of(tasks_.begin(), tasks_.end(),
                     [&](const task& each) { return each.order_id == order_id; });
}

void saga_world::crash() {
  tasks_.clear();
  may_be_held_.clear();
  journal_.resize(synced_ + below(journal_.size() - synced_ + 1));
  sync();
  books_ = {};
  for (const auto& name : owners)
    books_.accounts.emplace(name, account_named(name));
  for (const auto& each : journal_)
    books_.apply(each);
  books_.check_sums();
  for (const auto& each : books_.owed.open())
    settle_later(each);
  for (const auto& due : books_.owed.payouts())
    tasks_.push_back({{[this, due] { pay_out(due); }}, {}});
  for (const auto& [id, notice] : notices_)
    deliver(id, notice);
  for (const auto& [id, state] : books_.orders)
    crashes_within_sagas_ += state.step != saga_step::none ? 1 : 0;
}

std::size_t saga_world::orders_in(order_status status) const {
  return static_cast<std::size_t>(
      std::count_if(books_.orders.begin(), books_.orders.end(), [&](const auto& each) {
        return each.second.status == status && !each.second.withdrawn;
      }));
}

void saga_world::finish() {
  calm_ = true;
  for (bool found = true; found;) {
    while (!tasks_.empty())
      advance(below(tasks_.size()));
    now_ += std::chrono::seconds(60);
    found = false;
    for (auto& [id, state] : books_.orders) {
      const bool waits = state.step != saga_step::none || state.status == order_status::registered;
      if (!waits)
        continue;
      found = true;
      if (state.delay.stuck && !state.delay.due_at)
        append(decide_retry(state, chief, now_).value());
      static_cast<void>(attend_to(id));
    }
    books_.check_sums();
  }
  books_.check_rest(mover_, outside());
}

// ---- commands ----

void saga_world::start() {
  next_.clear();
  switch (below(mover_ == money_mover::service ? 13 : 12)) {
  case 0:
    return buy();
  case 1:
    return expire();
  case 2:
  case 3:
  case 4:
    return create();
  case 5:
    return change(order_status::registered);
  case 6:
    return change(order_status::cancelled);
  case 7:
    return change(order_status::accepted);
  case 8:
    return change(order_status::completed);
  case 9:
    return below(4) == 0 ? change(order_status::failed) : retry();
  case 12:
    return notify();
  default:
    return attend();
  }
}

void saga_world::buy() {
  const auto& sku = skus[below(skus.size())];
  const auto& buyer = buyers[below(buyers.size())];
  const reserve_stock c{fresh_id(),
                        1 + static_cast<std::int64_t>(below(3)),
                        buyer,
                        now_ + std::chrono::seconds(1 + below(100)),
                        {}};
  if (const auto decided = decide(books_.items.at(sku), c, now_))
    append(*decided);
}

void saga_world::expire() {
  for (auto& [sku, item] : books_.items) {
    if (const auto e = expire_due(item, now_, 2))
      append(*e);
  }
}

/// A draft, a registered order or one that is placed at once; some lines claim what the buyer holds.
void saga_world::create() {
  if (books_.orders.size() >= orders_max)
    return;
  const auto& buyer = buyers[below(buyers.size())];
  std::vector<order_line> lines;
  for (const auto& sku : skus) {
    if (below(2) == 0)
      lines.push_back(line_of(sku, 1 + static_cast<std::int64_t>(below(4)), ++ids_));
    for (const auto& [id, r] : books_.items.at(sku).active()) {
      if (r.order_id.is_nil() && r.holder == buyer && below(3) == 0 && lines.size() < 6) {
        lines.push_back(line_of(sku, 0, ++ids_));
        lines.back().reservation = id;
      }
    }
  }
  if (lines.empty())
    return;
  const auto id = fresh_id();
  const auto way = below(3);
  if (way == 2)
    return reserve(id, std::move(lines), buyer, false);
  const create_order c{buyer, lines, "{}", "EUR", way == 0 ? order_status::draft : order_status::registered};
  append(created_event(id, c, {buyer, false}, now_));
}

/// Asks for the status on behalf of one who may, of the first order that lets it.
void saga_world::change(order_status target) {
  for (auto& [id, state] : books_.orders) {
    if (state.withdrawn || is_busy(id) || below(3) != 0)
      continue;
    const change_status command{target, "bob", "why", below(2) == 0};
    const auto decided =
        decide(state, command, below(2) == 0 ? chief : caller{state.customer_id, false}, now_);
    if (!decided)
      continue;
    if (decided->reserve_for)
      return reserve(id, state.lines, state.customer_id, false);
    if (!decided->event && !decided->reserve_for) {
      if (state.step == saga_step::none) {
        auto e = next_event(state, chief, now_);
        e.what = capture_started{state.runner_id};
        append(e);
      }
      proceed(id, true);
      return begin(id);
    }
    const auto before = state;
    append(*decided->event);
    if (target == order_status::completed)
      tell(before.lines, id, order_verdict::commit);
    else if (target != order_status::accepted)
      tell(held_lines(before), id, order_verdict::release);
    if (state.step == saga_step::returning)
      proceed(id, true);
    return begin(id);
  }
}

void saga_world::retry() {
  for (auto& [id, state] : books_.orders) {
    if (is_busy(id) || state.withdrawn)
      continue;
    const auto decided = decide_retry(state, chief, now_);
    if (!decided)
      continue;
    append(*decided);
    proceed(id, true);
    return begin(id);
  }
}

void saga_world::attend() {
  for (const auto& [id, state] : books_.orders) {
    if (below(3) == 0 && attend_to(id))
      return;
  }
}

/// What the processor has done; whether there was anything to do.
bool saga_world::attend_to(const uuid& id) {
  const auto& state = books_.orders.at(id);
  if (is_busy(id) || state.withdrawn)
    return false;
  next_.clear();
  const bool is_due = state.delay.due_at ? *state.delay.due_at <= now_ : !state.delay.stuck;
  if (state.step != saga_step::none && is_due) {
    proceed(id, false);
    begin(id);
    return true;
  }
  if (state.step == saga_step::none && state.status == order_status::registered) {
    reserve(id, state.lines, state.customer_id, true);
    return true;
  }
  return false;
}

void saga_world::reserve(const uuid& id, std::vector<order_line> lines, const std::string& customer,
                         bool attended) {
  const auto count = lines.size();
  const auto under_way =
      std::make_shared<placing>(placing{placement(std::move(lines)), id, customer, attended});
  next_.clear();
  for (std::size_t i = 0; i < count; ++i)
    next_.emplace_back([this, under_way, i] { ask_for(*under_way, i); });
  std::shuffle(next_.begin(), next_.end(), random_);
  next_.emplace_back([this, under_way] { decide_placement(*under_way); });
  begin(id);
}

outside_books saga_world::outside() const {
  outside_books all;
  for (const auto& [key, there] : service_) {
    all[key.first].authorized += there == service_state::authorized ? 1 : 0;
    all[key.first].captured += there == service_state::captured ? 1 : 0;
  }
  return all;
}

} // namespace orderd::test
