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

saga_world::saga_world(money_mover mover, std::uint64_t seed)
    : mover_(mover), random_(seed), now_(after_s(0)) {
  for (std::size_t i = 0; i < skus.size(); ++i) {
    define_stock c;
    c.price = static_cast<cents>(i) * 60; // The first one costs nothing.
    append(decide(items_[skus[i]], skus[i], c, now_).value());
    append(decide(items_[skus[i]], adjust_stock{25, "first"}, now_).value());
  }
  for (const auto& name : owners) {
    accounts_.emplace(name, account_named(name));
    append(*decide(accounts_.at(name), open_account{}, name, now_));
    append(decide(accounts_.at(name), deposit_funds{900, "first"}, name, now_).value());
  }
  sync();
}

uuid saga_world::fresh_id() { return numbered(++ids_); }

void saga_world::append(const event& e) {
  apply(e);
  journal_.push_back(e);
}

void saga_world::apply(const event& e) {
  if (const auto* of_item = std::get_if<stock_event>(&e))
    items_[of_item->sku].evolve(*of_item);
  else if (const auto* of_account = std::get_if<account_event>(&e))
    accounts_.at(of_account->account_id).evolve(*of_account);
  else
    evolve(orders_[std::get<order_event>(e).order_id], std::get<order_event>(e));
  owed_.observe(e);
  twin_.follow(e);
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
  check_sums();
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
  items_.clear();
  orders_.clear();
  accounts_.clear();
  for (const auto& name : owners)
    accounts_.emplace(name, account_named(name));
  owed_ = {};
  twin_ = {};
  for (const auto& each : journal_)
    apply(each);
  check_sums();
  for (const auto& each : owed_.open())
    settle_later(each);
  for (const auto& due : owed_.payouts())
    tasks_.push_back({{[this, due] { pay_out(due); }}, {}});
  for (const auto& [id, state] : orders_)
    crashes_within_sagas_ += state.step != saga_step::none ? 1 : 0;
}

std::size_t saga_world::orders_in(order_status status) const {
  return static_cast<std::size_t>(std::count_if(orders_.begin(), orders_.end(), [&](const auto& each) {
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
    for (auto& [id, state] : orders_) {
      const bool waits = state.step != saga_step::none || state.status == order_status::registered;
      if (!waits)
        continue;
      found = true;
      if (state.delay.stuck && !state.delay.due_at)
        append(decide_retry(state, chief, now_).value());
      static_cast<void>(attend_to(id));
    }
    check_sums();
  }
  check_rest();
}

// ---- commands ----

void saga_world::start() {
  next_.clear();
  switch (below(12)) {
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
  if (const auto decided = decide(items_.at(sku), c, now_))
    append(*decided);
}

void saga_world::expire() {
  for (auto& [sku, item] : items_) {
    if (const auto e = expire_due(item, now_, 2))
      append(*e);
  }
}

/// A draft, a registered order or one that is placed at once; some lines claim what the buyer holds.
void saga_world::create() {
  if (orders_.size() >= orders_max)
    return;
  const auto& buyer = buyers[below(buyers.size())];
  std::vector<order_line> lines;
  for (const auto& sku : skus) {
    if (below(2) == 0)
      lines.push_back(line_of(sku, 1 + static_cast<std::int64_t>(below(4)), ++ids_));
    for (const auto& [id, r] : items_.at(sku).active()) {
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
  for (auto& [id, state] : orders_) {
    if (state.withdrawn || is_busy(id) || below(3) != 0)
      continue;
    const change_status command{target, "bob", "why", below(2) == 0};
    const auto decided =
        decide(state, command, below(2) == 0 ? chief : caller{state.customer_id, false}, now_);
    if (!decided)
      continue;
    if (decided->reserve_for)
      return reserve(id, state.lines, state.customer_id, false);
    if (decided->captures()) {
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
  for (auto& [id, state] : orders_) {
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
  for (const auto& [id, state] : orders_) {
    if (below(3) == 0 && attend_to(id))
      return;
  }
}

/// What the processor has done; whether there was anything to do.
bool saga_world::attend_to(const uuid& id) {
  const auto& state = orders_.at(id);
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

// ---- checks ----

/// After every event: no unit and no cent has come from nowhere or gone there.
void saga_world::check_sums() const {
  for (const auto& [sku, item] : items_) {
    const auto& levels = item.view().levels;
    BOOST_TEST_REQUIRE(levels.reserved == twin_.reserved(sku));
    BOOST_TEST_REQUIRE(levels.on_hand == twin_.shelves.at(sku));
    BOOST_TEST_REQUIRE(levels.available() >= 0);
  }
  for (const auto& [name, state] : accounts_) {
    if (!state.exists())
      continue;
    BOOST_TEST_REQUIRE(state.view().levels.balance == twin_.purses.at(name));
    BOOST_TEST_REQUIRE(state.view().levels.held == twin_.held_of(name));
    BOOST_TEST_REQUIRE(state.view().levels.balance >= 0);
  }
  BOOST_TEST_REQUIRE(twin_.sum_of_money() == 0);
}

void saga_world::check_rest() const {
  BOOST_TEST_REQUIRE(owed_.size() == 0U);
  std::map<uuid, uuid> held; // reservation to order
  for (const auto& [id, units] : twin_.holds) {
    if (!units.order_id.is_nil())
      held[id] = units.order_id;
  }
  for (const auto& [id, state] : orders_) {
    BOOST_TEST_CONTEXT("order " << to_string(id) << ", " << to_text(state.status)) {
      BOOST_TEST_REQUIRE((state.step == saga_step::none));
      for (const auto& line : held_lines(state))
        BOOST_TEST_REQUIRE(held.erase(*line.reservation) == 1U);
      check_units(state);
      check_money(state);
      check_service(state);
    }
  }
  // No stock held without an order.
  BOOST_TEST_REQUIRE(held.empty());
}

void saga_world::check_units(const order& state) const {
  std::int64_t wanted = 0;
  for (const auto& line : state.lines)
    wanted += state.status == order_status::completed ? line.qty : 0;
  const auto sold = twin_.sold.find(state.id);
  BOOST_TEST_REQUIRE((sold == twin_.sold.end() ? 0 : sold->second) == wanted);
  for (const auto& line : held_lines(state))
    BOOST_TEST_REQUIRE((twin_.holds.at(*line.reservation).order_id == state.id));
}

/// In the ledger: an order that holds units has its price in escrow, a completed one is charged and paid out
/// once, and all others have no money.
void saga_world::check_money(const order& state) const {
  const bool paid = mover_ == money_mover::ledger && state.total > 0;
  const bool rests = !held_lines(state).empty();
  const auto envelope = twin_.envelopes.find(state.id);
  BOOST_TEST_REQUIRE((envelope != twin_.envelopes.end()) == (paid && rests));
  if (paid && rests)
    BOOST_TEST_REQUIRE((envelope->second.escrowed && envelope->second.amount == state.total));
  const auto times = [&](const auto& of) { return of.contains(state.id) ? of.at(state.id) : 0; };
  const std::int64_t charged = paid && state.status == order_status::completed ? 1 : 0;
  BOOST_TEST_REQUIRE(times(twin_.captures) == charged);
  BOOST_TEST_REQUIRE(times(twin_.payouts) == charged);
  BOOST_TEST_REQUIRE(times(twin_.on_the_way) == 0);
}

/// The same of the service outside, over all attempts of the order.
void saga_world::check_service(const order& state) const {
  int authorized = 0;
  int captured = 0;
  for (const auto& [key, there] : service_) {
    if (key.first != state.id)
      continue;
    authorized += there == service_state::authorized ? 1 : 0;
    captured += there == service_state::captured ? 1 : 0;
  }
  for (const auto& [key, times] : service_captures_)
    BOOST_TEST_REQUIRE(times == 1);
  const bool paid = mover_ == money_mover::service && state.total > 0;
  BOOST_TEST_REQUIRE(authorized == (paid && !held_lines(state).empty() ? 1 : 0));
  BOOST_TEST_REQUIRE(captured == (paid && state.status == order_status::completed ? 1 : 0));
}

} // namespace orderd::test
