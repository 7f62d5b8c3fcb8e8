#include "tests/unit/actors/engine_fixture.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <map>

namespace orderd::test {

using namespace std::chrono_literals;

namespace {

using step = std::function<void(engine_fixture&)>;

void stock_up(engine_fixture& shop) {
  shop.ask<defined_stock>(definition("A", 10));
  shop.ask<defined_stock>(definition("B", 10));
}

/// What two recoveries make of what a crash has left.
void recover_twice(engine_fixture& shop) {
  shop.audit();
  const auto events = shop.journal();
  shop.close();
  shop.open();
  BOOST_CHECK_EQUAL(shop.replayed_events(), 0U);
  shop.audit();
  BOOST_CHECK_EQUAL(shop.journal().size(), events.size());
}

/// Runs `operation` on what `before` has made, and then recovers from a crash after each event of it. The
/// store has none of them, as when it was away.
void crash_after_each_event(const step& before, const step& operation) {
  const auto seed = printed_seed();
  engine_fixture shop{small_engine(), seed};
  stock_up(shop);
  before(shop);
  shop.settle();
  const auto first = shop.journal().size();
  shop.faults->applies = std::numeric_limits<std::uint64_t>::max();
  operation(shop);
  shop.advance(50ms);
  const auto last = shop.journal().size();
  BOOST_REQUIRE_GT(last, first);
  for (auto events = first; events <= last; ++events) {
    BOOST_TEST_CONTEXT("cut after " << events - first << " of " << last - first << " events") {
      engine_fixture after{small_engine(), seed + events, shop.store_folder(),
                           shop.journal_cut_after(events)};
      BOOST_CHECK_EQUAL(after.replayed_events(), events - first);
      recover_twice(after);
    }
  }
}

const step nothing = [](engine_fixture&) {};

[[nodiscard]] uuid id_of(std::uint64_t n) { return make_uuid_v7(timestamp{}, 1, n * 100); }

[[nodiscard]] step placing(std::uint64_t n, std::vector<order_line> lines,
                           order_status wanted = order_status::processed) {
  return [=](engine_fixture& shop) {
    static_cast<void>(shop.submit(creation(id_of(n), lines, wanted)));
    shop.run();
  };
}

[[nodiscard]] step moving(std::uint64_t n, order_status target) {
  return [=](engine_fixture& shop) { shop.ask(transition(id_of(n), target)); };
}

[[nodiscard]] step reserving(std::uint64_t n, std::int64_t qty) {
  return [=](engine_fixture& shop) {
    shop.ask<reservation_view>(to_stock("A", make_reservation{id_of(n), qty, 3'600s, "ann"}));
  };
}

[[nodiscard]] step in_turn(std::vector<step> steps) {
  return [steps = std::move(steps)](engine_fixture& shop) {
    for (const auto& each : steps)
      each(shop);
  };
}

const std::string sku_a = "A";
const std::string sku_b = "B";

/// Buyers that go on through crashes, and remember what they were told.
struct stubborn_buyers {
  explicit stubborn_buyers(std::uint64_t seed) : shop(small_engine(), seed) { stock_up(shop); }

  void act();
  void order();
  void change();
  [[nodiscard]] uuid any_order();
  /// Keeps the answers that have come.
  void remember();
  /// Nothing that anybody was told is gone.
  void check();

  engine_fixture shop;
  std::vector<uuid> orders;
  std::vector<answer_slot> asked;
  std::map<uuid, order_ptr> seen_orders;
  std::map<std::string, std::uint64_t> seen_stock;
};

void stubborn_buyers::act() {
  const auto& sku = shop.random()() % 2 == 0 ? sku_a : sku_b;
  switch (shop.random()() % 4) {
  case 0:
    order();
    break;
  case 1:
    change();
    break;
  case 2:
    asked.push_back(shop.submit(to_stock(sku, adjust_stock{2, "found"})));
    break;
  default:
    asked.push_back(shop.submit(to_stock(sku, get_stock{})));
    asked.push_back(shop.submit(look(any_order())));
  }
}

void stubborn_buyers::order() {
  orders.push_back(shop.fresh_uuid());
  const auto wanted = shop.random()() % 3 == 0 ? order_status::draft : order_status::processed;
  asked.push_back(shop.submit(creation(orders.back(), {line_of(sku_a, 1), line_of(sku_b, 1)}, wanted)));
}

void stubborn_buyers::change() {
  constexpr std::array targets{order_status::registered, order_status::accepted, order_status::completed,
                               order_status::cancelled};
  asked.push_back(shop.submit(transition(any_order(), targets[shop.random()() % targets.size()])));
}

uuid stubborn_buyers::any_order() {
  return orders.empty() ? uuid{} : orders[shop.random()() % orders.size()];
}

void stubborn_buyers::remember() {
  for (const auto& slot : asked) {
    BOOST_REQUIRE_LE(slot->times, 1);
    if (slot->times == 0)
      continue;
    if (const auto* seen = std::get_if<order_ptr>(&*slot->value))
      if (auto& known = seen_orders[(*seen)->id]; !known || known->version < (*seen)->version)
        known = *seen;
    if (const auto* seen = std::get_if<stock_view>(&*slot->value))
      seen_stock[seen->product.sku] = std::max(seen_stock[seen->product.sku], seen->version);
  }
  asked.clear();
}

void stubborn_buyers::check() {
  for (const auto& [id, known] : seen_orders) {
    const auto now = shop.ask(look(id));
    BOOST_REQUIRE_GE(now->version, known->version);
    if (now->version == known->version)
      BOOST_CHECK(*now == *known);
  }
  for (const auto& [sku, version] : seen_stock)
    BOOST_CHECK_GE(shop.ask<stock_view>(to_stock(sku, get_stock{})).version, version);
}

} // namespace

BOOST_AUTO_TEST_SUITE(a_crash_after_each_event_of)

BOOST_AUTO_TEST_CASE(a_placement) {
  crash_after_each_event(nothing, placing(1, {line_of("A", 2), line_of("B", 3)}));
}

BOOST_AUTO_TEST_CASE(a_refused_placement) {
  crash_after_each_event(nothing, placing(1, {line_of("A", 2), line_of("B", 11)}));
}

BOOST_AUTO_TEST_CASE(a_cancellation) {
  crash_after_each_event(placing(1, {line_of("A", 2), line_of("B", 3)}), moving(1, order_status::cancelled));
}

BOOST_AUTO_TEST_CASE(a_completion) {
  crash_after_each_event(placing(1, {line_of("A", 2), line_of("B", 3)}),
                         in_turn({moving(1, order_status::accepted), moving(1, order_status::completed)}));
}

BOOST_AUTO_TEST_CASE(a_draft_that_is_placed_and_cancelled) {
  crash_after_each_event(placing(1, {line_of("A", 2), line_of("B", 3)}, order_status::draft),
                         in_turn({moving(1, order_status::registered), moving(1, order_status::cancelled)}));
}

BOOST_AUTO_TEST_CASE(a_placement_that_brings_metadata) {
  crash_after_each_event(placing(1, {line_of("A", 2)}, order_status::draft), [](engine_fixture& shop) {
    change_status become;
    become.target = order_status::registered;
    shop.ask(metadata_change(id_of(1), R"({"n":1})", become));
  });
}

BOOST_AUTO_TEST_CASE(an_order_that_claims_a_reservation) {
  crash_after_each_event(reserving(5, 4), in_turn({placing(1, {claim_of("A", id_of(5)), line_of("B", 3)}),
                                                   moving(1, order_status::cancelled)}));
}

BOOST_AUTO_TEST_CASE(a_refused_order_that_claimed_a_reservation) {
  crash_after_each_event(reserving(5, 4), placing(1, {claim_of("A", id_of(5)), line_of("B", 11)}));
}

BOOST_AUTO_TEST_CASE(a_claim_whose_reservation_was_made_just_before) {
  crash_after_each_event(nothing,
                         in_turn({reserving(5, 4), placing(1, {claim_of("A", id_of(5))}),
                                  moving(1, order_status::accepted), moving(1, order_status::completed)}));
}

BOOST_AUTO_TEST_CASE(many_orders_at_once) {
  const auto all = [](engine_fixture& shop) {
    for (std::uint64_t n = 10; n < 22; ++n) {
      const auto other = n % 3 == 0 ? line_of("B", 11) : line_of("B", 1);
      static_cast<void>(shop.submit(creation(id_of(n), {line_of("A", 2), other})));
      static_cast<void>(shop.run_some(6));
      static_cast<void>(shop.submit(transition(id_of(n - 1), order_status::cancelled)));
    }
    shop.run();
  };
  crash_after_each_event(nothing, all);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(nothing_that_was_answered_is_lost_by_a_power_cut) {
  const auto seed = printed_seed();
  for (std::uint64_t round = 0; round < 60; ++round) {
    BOOST_TEST_CONTEXT("seed " << seed + round) {
      stubborn_buyers buyers{seed + round};
      auto& shop = buyers.shop;
      for (int crash = 0; crash < 3; ++crash) {
        shop.faults->applies = shop.random()() % 3 == 0 ? 20 : 0;
        for (auto acts = shop.random()() % 40; acts > 0; --acts) {
          buyers.act();
          static_cast<void>(shop.run_some(shop.random()() % 12));
          if (shop.random()() % 10 == 0)
            shop.advance(std::chrono::milliseconds{shop.random()() % 200});
        }
        buyers.remember();
        shop.faults->applies = 0; // A store that is away at the start is an error, not a crash.
        shop.crash();
        buyers.check();
        shop.audit();
      }
    }
  }
}

} // namespace orderd::test
