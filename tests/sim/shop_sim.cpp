#include "tests/sim/shop_sim.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <iostream>

namespace orderd::test {

using namespace std::chrono_literals;

namespace {

const std::array<std::string, 3> skus{"A", "B", "C"};
const std::array<std::string, 2> buyers{"ann", "eve"};
constexpr std::int64_t units_each = 6;
constexpr cents funds_each = 700;
constexpr std::size_t orders_max = 8;
constexpr std::size_t steps_count = 60;

/// The end of an id tells one from another.
[[nodiscard]] std::string tail_of(const uuid& id) { return to_string(id).substr(24); }

[[nodiscard]] std::string describe(const stock_event& e) {
  struct {
    std::string operator()(const stock_reserved& what) const {
      const auto& r = what.reservation;
      return tail_of(r.id) + " of " + std::to_string(r.qty) +
             (r.order_id.is_nil() ? " for " + r.holder : " for order " + tail_of(r.order_id));
    }
    std::string operator()(const reservation_claimed& what) const {
      return tail_of(what.id) + " for order " + tail_of(what.order_id);
    }
    std::string operator()(const reservation_released& what) const { return tail_of(what.id); }
    std::string operator()(const reservation_committed& what) const { return tail_of(what.id); }
    std::string operator()(const reservation_unclaimed& what) const { return tail_of(what.id); }
    std::string operator()(const reservations_expired& what) const {
      std::string all;
      for (const auto& id : what.ids)
        all += tail_of(id) + " ";
      return all;
    }
    std::string operator()(const stock_defined&) const { return {}; }
    std::string operator()(const stock_adjusted&) const { return {}; }
    std::string operator()(const reservation_extended& what) const { return tail_of(what.id); }
  } details;
  return e.sku + " " + std::visit(details, e.what);
}

[[nodiscard]] std::string describe(const event& e) {
  if (const auto* of_stock = std::get_if<stock_event>(&e))
    return std::string(name_of(e)) + " " + describe(*of_stock);
  if (const auto* of_order = std::get_if<order_event>(&e))
    return "order " + tail_of(of_order->order_id) + " v" + std::to_string(of_order->version) + " " +
           std::string(name_of(e)) + " by " + of_order->actor;
  if (const auto* of_account = std::get_if<account_event>(&e)) {
    const auto move = transfer_of(*of_account);
    return "account " + of_account->account_id + " " + std::string(name_of(e)) + " " +
           std::to_string(move.amount) + " for order " + tail_of(move.order_id);
  }
  return std::string(name_of(e));
}

} // namespace

sim_tally& sim_tally::operator+=(const sim_tally& other) {
  crashes_within_sagas += other.crashes_within_sagas;
  processed += other.processed;
  completed += other.completed;
  paid += other.paid;
  cancelled += other.cancelled;
  failed += other.failed;
  withdrawn += other.withdrawn;
  refunded += other.refunded;
  return *this;
}

money_mover shop_sim::mover_of(std::uint64_t seed) {
  constexpr std::array movers{money_mover::ledger, money_mover::service, money_mover::ledger,
                              money_mover::service, money_mover::nobody};
  return movers[seed % movers.size()];
}

engine_options shop_sim::options_of(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  auto options = small_engine();
  options.store_readers = 1;
  options.journal_segment_bytes = std::size_t{256} << 10U;
  options.shards = 1 + random() % 2;
  const auto mover = mover_of(seed);
  if (mover != money_mover::nobody)
    options.payments = mover == money_mover::ledger ? payments_mode::ledger : payments_mode::http;
  if (random() % 3 == 0)
    options.merchant = "shop";
  if (random() % 3 == 0) {
    options.error_rate = 0.3;
    options.error_seed = static_cast<std::uint32_t>(seed) + 1;
  }
  if (random() % 3 == 0)
    options.accept_timeout = 3s;
  options.processor_interval = std::chrono::seconds{random() % 2};
  // Entities that fall asleep come back from the store.
  if (random() % 3 == 0)
    options.entity_idle = 500ms;
  options.sagas = {3, 100ms, 800ms};
  return options;
}

shop_sim::shop_sim(std::uint64_t seed, bool trace)
    : trace_(trace), random_(seed), ids_(~seed), crashes_(seed % 2 == 0), mover_(mover_of(seed)),
      service_(std::make_shared<outside_service>(seed)) {
  shop_.emplace(options_of(seed), seed, [this](auto& system, auto& ground) { prepare(system, ground); });
}

void shop_sim::prepare(caf::actor_system& system, engine_ground& ground) {
  ground.make_id = [this] { return fresh_id(); };
  if (mover_ == money_mover::service)
    ground.payment_service = spawn_way_to(system, service_);
}

uuid shop_sim::fresh_id() { return make_uuid_v7(timestamp{} + 1ms * ++last_id_, ids_(), ids_()); }

void shop_sim::say(const std::string& line) const {
  if (trace_)
    std::cout << line << '\n';
}

sim_tally shop_sim::run() {
  open_shop();
  for (std::size_t i = 0; i < steps_count; ++i)
    step();
  come_to_rest();
  check_answers();
  return tally();
}

// ---- what happens ----

void shop_sim::open_shop() {
  for (std::size_t i = 0; i < skus.size(); ++i) {
    // The first one costs nothing. Units come by an adjustment: that is how the books learn of them.
    static_cast<void>(shop_->submit(definition(skus[i], 0, static_cast<cents>(i) * 70)));
    static_cast<void>(shop_->submit(to_stock(skus[i], adjust_stock{units_each, "first"})));
  }
  if (mover_ == money_mover::ledger) {
    for (const auto& buyer : buyers) {
      static_cast<void>(
          shop_->submit(account_request{buyer, operator_caller, {}, false, open_account{}, {}}));
      static_cast<void>(shop_->submit(
          account_request{buyer, operator_caller, {}, false, deposit_funds{funds_each, "first"}, {}}));
    }
  }
  shop_->run();
  follow();
}

void shop_sim::step() {
  if (below(2) == 0)
    command();
  if (below(3) == 0)
    shop_->nudge(std::chrono::milliseconds{below(4) == 0 ? below(2'000) : below(60)});
  if (below(12) == 0)
    shop_->run();
  else
    static_cast<void>(shop_->run_some(below(12)));
  if (crashes_ && below(25) == 0)
    lose_power();
  else if (crashes_ && below(80) == 0)
    restart();
  if (below(4) == 0)
    follow();
}

void shop_sim::command() {
  switch (below(10)) {
  case 0:
    return buy();
  case 1:
  case 2:
  case 3:
    return create();
  case 4:
  case 5:
  case 6:
  case 7:
  case 8:
    return change();
  default:
    if (!orders_.empty())
      retry(orders_[below(orders_.size())]);
  }
}

const std::string& shop_sim::some_buyer() { return buyers[below(buyers.size())]; }

void shop_sim::submit(order_request request, std::string what, bool creates) {
  what += " " + tail_of(request.id);
  say("ask: " + what);
  const auto id = request.id;
  asked_.push_back({std::move(what), id, creates, shop_->submit(std::move(request))});
}

/// A draft, a deferred order or one that is placed at once; some lines claim what the buyer holds.
void shop_sim::create() {
  if (orders_.size() >= orders_max)
    return;
  const auto& buyer = some_buyer();
  std::vector<order_line> lines;
  for (const auto& sku : skus) {
    if (below(2) == 0)
      lines.push_back(line_of(sku, 1 + static_cast<std::int64_t>(below(3))));
    for (const auto& [id, units] : books_.twin.holds) {
      if (units.sku == sku && units.order_id.is_nil() && below(3) == 0)
        lines.push_back(claim_of(sku, id));
    }
  }
  if (lines.empty())
    return;
  constexpr std::array ways{order_status::draft, order_status::registered, order_status::processed,
                            order_status::processed};
  const auto wanted = ways[below(ways.size())];
  orders_.push_back(fresh_id());
  submit(creation(orders_.back(), std::move(lines), wanted, caller{buyer, false}),
         "create " + std::string(to_text(wanted)) + " for " + buyer, true);
}

/// Mostly what may come next, at times what may not.
order_status shop_sim::some_target(const order* known) {
  constexpr std::array targets{order_status::registered, order_status::cancelled, order_status::accepted,
                               order_status::completed};
  if (known == nullptr || below(4) == 0)
    return targets[below(targets.size())];
  if (known->step == saga_step::capturing && below(2) == 0)
    return order_status::cancelled;
  switch (known->status) {
  case order_status::draft:
    return order_status::registered;
  case order_status::processed:
    return order_status::accepted;
  case order_status::accepted:
    return order_status::completed;
  default:
    return order_status::cancelled;
  }
}

void shop_sim::change() {
  if (orders_.empty())
    return;
  const auto& id = orders_[below(orders_.size())];
  const auto known = books_.orders.find(id);
  const auto target = some_target(known != books_.orders.end() ? &known->second : nullptr);
  caller who = operator_caller;
  if (below(2) == 0 && known != books_.orders.end())
    who = target == order_status::accepted || target == order_status::completed
              ? bob
              : caller{known->second.customer_id, false};
  auto request = transition(id, target, who);
  std::get<change_order>(request.what).status->immediate = below(2) == 0;
  submit(std::move(request),
         std::string(to_text(target)) + " by " + (who.is_operator ? "operator" : who.user));
}

void shop_sim::retry(const uuid& id) {
  submit(order_request{id, operator_caller, {}, retry_order{}, {}}, "retry");
}

void shop_sim::buy() {
  const auto& sku = skus[below(skus.size())];
  const auto& buyer = some_buyer();
  make_reservation wanted{fresh_id(), 1 + static_cast<std::int64_t>(below(2)),
                          std::chrono::seconds{1 + below(5)}, buyer};
  say("ask: reserve " + sku + " for " + buyer);
  asked_.push_back(
      {"reserve " + sku, {}, false, shop_->submit(to_stock(sku, std::move(wanted), caller{buyer, false}))});
}

void shop_sim::lose_power() {
  say("-- the power goes --");
  shop_->crash();
  follow();
  for (const auto& [id, state] : books_.orders)
    crashes_within_sagas_ += state.step != saga_step::none ? 1 : 0;
}

void shop_sim::restart() {
  say("-- the engine is stopped --");
  shop_->close();
  shop_->open();
  follow();
}

bool shop_sim::is_at_rest() const {
  return books_.owed.size() == 0 &&
         std::all_of(books_.orders.begin(), books_.orders.end(), [](const auto& each) {
           return each.second.step == saga_step::none && each.second.status != order_status::registered;
         });
}

void shop_sim::come_to_rest() {
  say("-- all troubles end --");
  shop_->run();
  service_->calm_down();
  // Calls that are never answered are asked again by the next life.
  if (service_->was_silent())
    restart();
  // Longer than any offer lasts, or any pause of a saga.
  constexpr int quiet_rounds = 5;
  constexpr int rounds_max = 200;
  for (int round = 0, quiet = 0; round < rounds_max && quiet < quiet_rounds; ++round) {
    const auto followed = followed_;
    shop_->nudge(1'000ms);
    shop_->run();
    follow();
    for (const auto& [id, state] : books_.orders) {
      if (state.delay.stuck && !state.delay.due_at)
        retry(id);
    }
    quiet = followed_ == followed && is_at_rest() ? quiet + 1 : 0;
  }
  BOOST_TEST_REQUIRE(!service_->was_misused());
  books_.check_rest(mover_, service_->books());
  shop_->check_history();
}

// ---- what must be true ----

void shop_sim::follow() {
  for (const auto& e : shop_->journal(followed_ + 1)) {
    ++followed_;
    if (trace_)
      say("  " + std::to_string(followed_) + " " + describe(e));
    books_.apply(e);
    books_.check_sums();
  }
}

void shop_sim::check_answers() const {
  for (const auto& each : asked_) {
    BOOST_TEST_CONTEXT(each.what << ": " << test::describe(each.answer)) {
      if (each.answer->ignored)
        BOOST_TEST_REQUIRE(each.answer->times <= 1);
      else
        BOOST_TEST_REQUIRE(each.answer->times == 1);
      if (each.answer->times != 1)
        continue;
      if (const auto* shown = std::get_if<order_ptr>(&*each.answer->value)) {
        // What anybody was told is true and stays so.
        const auto known = books_.orders.find(each.order_id);
        BOOST_TEST_REQUIRE((known != books_.orders.end() && known->second.version >= (*shown)->version));
        BOOST_TEST_REQUIRE(!known->second.withdrawn);
      } else if (each.creates) {
        check_creation(each);
      }
    }
  }
}

/// Who was told that the payment was declined has no order.
void shop_sim::check_creation(const asked& each) const {
  const auto& refused = std::get<rejection>(*each.answer->value);
  const auto known = books_.orders.find(each.order_id);
  if (refused.code == rejection_code::payment_declined || refused.code == rejection_code::insufficient_stock)
    BOOST_TEST_REQUIRE((known == books_.orders.end() || known->second.withdrawn));
}

sim_tally shop_sim::tally() const {
  sim_tally all;
  all.crashes_within_sagas = crashes_within_sagas_;
  for (const auto& [id, state] : books_.orders) {
    const bool completed = state.status == order_status::completed;
    all.processed += held_lines(state).empty() ? 0 : 1;
    all.completed += completed ? 1 : 0;
    all.paid += completed && state.payment == payment_status::captured ? 1 : 0;
    all.cancelled += state.status == order_status::cancelled ? 1 : 0;
    all.failed += state.status == order_status::failed && !state.withdrawn ? 1 : 0;
    all.withdrawn += state.withdrawn ? 1 : 0;
    all.refunded += state.payment == payment_status::refunded ? 1 : 0;
  }
  return all;
}

} // namespace orderd::test
