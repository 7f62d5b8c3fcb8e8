#include "config/limits.hpp"
#include "tests/unit/actors/engine_fixture.hpp"

#include <algorithm>
#include <limits>

namespace orderd::test {

using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t always = std::numeric_limits<std::uint64_t>::max();

[[nodiscard]] engine_options forgetful(std::size_t live_max = 1'000) {
  auto options = small_engine();
  options.shards = 1;
  options.entity_idle = 1s;
  options.live_entities_max = live_max;
  return options;
}

struct forgetful_shop : engine_fixture {
  explicit forgetful_shop(const engine_options& options = forgetful())
      : engine_fixture(options, printed_seed()) {
    ask<defined_stock>(definition("A", 100));
  }
  /// Lets the orders passivate, and ends the items, which stay.
  void fall_asleep() {
    settle();
    advance(2s);
    BOOST_REQUIRE_EQUAL(counters().live_orders, 0U);
    close();
    open();
    run(); // The processor has looked through the store.
    BOOST_REQUIRE_EQUAL(counters().live_entities(), 0U);
  }
};

struct tiny_shop : forgetful_shop {
  tiny_shop() : forgetful_shop(forgetful(8)) {}
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(passivation, forgetful_shop)

BOOST_AUTO_TEST_CASE(an_entity_comes_back_as_it_went) {
  const auto reserved = fresh_uuid();
  const auto held =
      ask<reservation_view>(to_stock("A", make_reservation{reserved, 3, 3'600s, "ann"})).reservation;
  const auto draft = ask(creation(fresh_uuid(), {line_of("A", 1)}, order_status::draft));
  const auto placed = ask(creation(fresh_uuid(), {line_of("A", 2)}));
  const auto amended = ask(metadata_change(placed->id, R"({"n":1})"));
  const auto item = ask<stock_view>(to_stock("A", get_stock{}));
  fall_asleep();
  BOOST_CHECK(*ask(look(draft->id)) == *draft);
  BOOST_CHECK(*ask(look(amended->id)) == *amended);
  BOOST_CHECK(ask<stock_view>(to_stock("A", get_stock{})) == item);
  BOOST_CHECK(ask<reservation_view>(to_stock("A", get_reservation{reserved})).reservation == held);
  fall_asleep();
  BOOST_CHECK_EQUAL(ask(transition(draft->id, order_status::registered))->version, 2U);
  fall_asleep();
  BOOST_CHECK(ask(transition(amended->id, order_status::cancelled))->status == order_status::cancelled);
  fall_asleep();
  BOOST_CHECK(ask<stock_view>(to_stock("A", get_stock{})).levels == (stock_levels{100, 4}));
  audit();
}

BOOST_AUTO_TEST_CASE(an_entity_stays_until_the_store_has_all_of_it) {
  settle();
  faults->applies = always;
  const auto placed = ask(creation(fresh_uuid(), {line_of("A", 1)}));
  advance(10s);
  BOOST_CHECK_EQUAL(counters().live_entities(), 2U);
  BOOST_CHECK(*ask(look(placed->id)) == *placed);
  faults->applies = 0;
  fall_asleep();
  BOOST_CHECK(*ask(look(placed->id)) == *placed);
}

BOOST_AUTO_TEST_CASE(what_comes_while_an_entity_loads_waits_for_it) {
  fall_asleep();
  hold("orderd.reader");
  std::vector<answer_slot> slots;
  for (int i = 0; i < 5; ++i)
    slots.push_back(submit(to_stock("A", adjust_stock{1, ""})));
  advance(3s);
  BOOST_CHECK_EQUAL(slots[0]->times, 0);
  hold({});
  run();
  for (std::size_t i = 0; i < slots.size(); ++i)
    BOOST_CHECK_EQUAL(expect<stock_view>(slots[i]).levels.on_hand, static_cast<std::int64_t>(101 + i));
}

BOOST_AUTO_TEST_CASE(what_comes_while_an_entity_ends_brings_it_back) {
  const auto placed = ask(creation(fresh_uuid(), {line_of("A", 1)}));
  settle();
  hold("orderd.order");
  advance(3s); // The order has been asked to end, and has not looked yet.
  const auto waiting = submit(metadata_change(placed->id, R"({"n":1})"));
  const auto behind = submit(look(placed->id));
  run();
  BOOST_CHECK_EQUAL(waiting->times + behind->times, 0);
  hold({});
  run();
  BOOST_CHECK_EQUAL(expect<order_ptr>(waiting)->version, 2U);
  BOOST_CHECK(*expect<order_ptr>(behind) == *expect<order_ptr>(waiting));
  BOOST_CHECK_EQUAL(reader()->load_order(placed->id).value()->version, 1U);
  audit();
}

BOOST_AUTO_TEST_CASE(an_entity_that_is_busy_goes_on) {
  const auto placed = ask(creation(fresh_uuid(), {line_of("A", 1)}));
  settle();
  hold("orderd.order");
  const auto before = submit(metadata_change(placed->id, R"({"n":1})")); // ahead of the request to end
  advance(3s);
  const auto behind = submit(metadata_change(placed->id, R"({"n":2})"));
  run();
  hold({});
  run();
  BOOST_CHECK_EQUAL(expect<order_ptr>(before)->version, 2U);
  BOOST_CHECK_EQUAL(expect<order_ptr>(behind)->version, 3U);
  BOOST_CHECK_EQUAL(counters().live_orders, 1U);
  audit();
}

BOOST_AUTO_TEST_CASE(only_so_much_waits_for_a_sleeping_entity) {
  fall_asleep();
  hold("orderd.reader");
  std::vector<answer_slot> slots;
  for (std::size_t i = 0; i < limits::activation_buffer_messages_max + 10; ++i)
    slots.push_back(submit(to_stock("A", get_stock{})));
  run();
  for (std::size_t i = limits::activation_buffer_messages_max; i < slots.size(); ++i)
    CHECK_REFUSED(slots[i], rejection_code::overloaded);
  hold({});
  run();
  for (std::size_t i = 0; i < limits::activation_buffer_messages_max; ++i)
    BOOST_REQUIRE(granted(slots[i]));
}

BOOST_AUTO_TEST_CASE(a_sleeping_entity_waits_for_a_store_that_is_away) {
  const auto placed = ask(creation(fresh_uuid(), {line_of("A", 1)}));
  fall_asleep();
  faults->away = true;
  const auto item = submit(to_stock("A", get_stock{}));
  const auto order = submit(look(placed->id));
  const auto basket = submit(creation(fresh_uuid(), {line_of("A", 1)}));
  const auto unknown = submit(look(fresh_uuid()));
  advance(5s);
  BOOST_CHECK_EQUAL(item->times + order->times + basket->times + unknown->times, 0);
  faults->away = false;
  advance(500ms);
  BOOST_CHECK_EQUAL(expect<stock_view>(item).levels.on_hand, 100);
  BOOST_CHECK(*expect<order_ptr>(order) == *placed);
  BOOST_CHECK(granted(basket));
  CHECK_REFUSED(unknown, rejection_code::not_found);
  audit();
}

BOOST_AUTO_TEST_CASE(each_load_waits_for_its_own_time) {
  const auto placed = ask(creation(fresh_uuid(), {line_of("A", 1)}));
  fall_asleep();
  faults->away = true;
  const auto item = submit(to_stock("A", get_stock{}));
  advance(6s);
  const auto order = submit(look(placed->id));
  advance(3s + 900ms);
  BOOST_CHECK_EQUAL(item->times, 0);
  advance(100ms);
  CHECK_REFUSED(item, rejection_code::store_unavailable);
  advance(5s + 900ms);
  BOOST_CHECK_EQUAL(order->times, 0);
  advance(100ms);
  CHECK_REFUSED(order, rejection_code::store_unavailable);
  advance(1s);
  BOOST_CHECK(!has_timer());
  faults->away = false;
  BOOST_CHECK(*ask(look(placed->id)) == *placed);
}

BOOST_AUTO_TEST_CASE(what_will_not_pass_is_said_at_once) {
  const auto placed = ask(creation(fresh_uuid(), {line_of("A", 1)}));
  fall_asleep();
  faults->damaged_loads = 1;
  const auto item = submit(to_stock("A", get_stock{}));
  run();
  CHECK_REFUSED(item, rejection_code::store_unavailable);
  faults->away = true;
  const auto list = submit(to_lists(order_query{}));
  run();
  CHECK_REFUSED(list, rejection_code::store_unavailable);
}

BOOST_AUTO_TEST_CASE(a_settlement_reaches_its_item_however_long_the_store_is_away) {
  const auto placed = ask(creation(fresh_uuid(), {line_of("A", 5)}));
  fall_asleep();
  ask(look(placed->id));
  faults->away = true;
  BOOST_CHECK(ask(transition(placed->id, order_status::cancelled))->status == order_status::cancelled);
  advance(35s);
  faults->away = false;
  advance(5s);
  audit();
  BOOST_CHECK_EQUAL(ask<stock_view>(to_stock("A", get_stock{})).levels.reserved, 0);
}

BOOST_AUTO_TEST_CASE(an_engine_at_rest_asks_for_no_tick) {
  ask(creation(fresh_uuid(), {line_of("A", 1)}));
  settle();
  advance(5s);
  BOOST_CHECK_EQUAL(counters().live_orders, 0U);
  BOOST_CHECK_EQUAL(counters().live_stock_items, 1U);
  BOOST_CHECK(!has_timer());
}

BOOST_AUTO_TEST_CASE(an_idle_item_stays) {
  settle();
  advance(60s);
  faults->away = true;
  BOOST_CHECK_EQUAL(ask<stock_view>(to_stock("A", get_stock{})).levels.on_hand, 100);
}

BOOST_AUTO_TEST_CASE(nothing_idle_goes_while_the_store_is_away) {
  const auto known = ask(creation(fresh_uuid(), {line_of("A", 1)}));
  settle();
  faults->away = true;
  const auto fresh = ask(creation(fresh_uuid(), {line_of("A", 1)}));
  advance(60s);
  BOOST_CHECK(*ask(look(known->id)) == *known);
  BOOST_CHECK(*ask(look(fresh->id)) == *fresh);
  faults->away = false;
  fall_asleep();
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(bound_of_live_entities, tiny_shop)

BOOST_AUTO_TEST_CASE(more_than_may_live_is_refused_until_some_have_gone) {
  hold("orderd.journal"); // No order can go before it is durable.
  std::vector<answer_slot> slots;
  for (int i = 0; i < 6; ++i)
    slots.push_back(submit(creation(fresh_uuid(), {line_of("A", 1)})));
  run();
  hold({});
  run();
  for (std::size_t i = 0; i < 4; ++i)
    BOOST_CHECK_MESSAGE(granted(slots[i]), describe(slots[i]));
  CHECK_REFUSED(slots[4], rejection_code::overloaded);
  CHECK_REFUSED(slots[5], rejection_code::overloaded);
  settle();
  advance(500ms); // A crowded shard does not wait until they have been idle for long.
  BOOST_CHECK(ask(creation(fresh_uuid(), {line_of("A", 1)}))->status == order_status::processed);
  audit();
}

BOOST_AUTO_TEST_CASE(no_item_goes_for_a_crowd_while_the_store_is_away) {
  for (const auto* sku : {"B", "C", "D"})
    ask<defined_stock>(definition(sku, 1));
  settle();
  advance(1s);
  BOOST_REQUIRE_EQUAL(counters().live_stock_items, 3U);
  faults->away = true;
  ask(creation(fresh_uuid(), {line_of("D", 1)})); // The engine notices.
  advance(1s);
  std::vector<answer_slot> slots;
  for (int round = 0; round < 3; ++round) {
    for (const auto* sku : {"A", "B", "C", "D"})
      slots.push_back(submit(to_stock(sku, get_stock{})));
    advance(1s);
  }
  BOOST_CHECK_EQUAL(std::count_if(slots.begin(), slots.end(), granted), 9);
  faults->away = false;
  advance(1s);
  BOOST_CHECK_EQUAL(std::count_if(slots.begin(), slots.end(), granted), 12);
  audit();
}

BOOST_AUTO_TEST_CASE(a_refused_order_takes_no_place) {
  for (int i = 0; i < 50; ++i) {
    const auto slot = submit(creation(fresh_uuid(), {line_of("A", 101)}));
    run();
    CHECK_REFUSED(slot, rejection_code::insufficient_stock);
  }
  BOOST_CHECK_EQUAL(counters().live_entities(), 1U);
}

BOOST_AUTO_TEST_CASE(nothing_is_lost_while_entities_come_and_go_under_fire) {
  const std::vector<std::string> skus{"A", "B", "C", "D", "E", "F"};
  std::map<std::string, std::int64_t> on_hand;
  for (const auto& sku : skus) {
    settle();
    advance(1s);
    ask<defined_stock>(definition(sku, on_hand[sku] = 100));
  }
  std::vector<std::pair<std::string, answer_slot>> adjustments;
  std::vector<answer_slot> others;
  std::vector<uuid> orders;
  for (int i = 0; i < 6'000; ++i) {
    const auto& sku = skus[random()() % skus.size()];
    const auto some = orders.empty() ? uuid{} : orders[random()() % orders.size()];
    switch (random()() % 5) {
    case 0:
      orders.push_back(fresh_uuid());
      others.push_back(submit(creation(orders.back(), {line_of(sku, 1), line_of("A", 1)})));
      break;
    case 1:
      others.push_back(submit(transition(some, order_status::cancelled)));
      break;
    case 2:
      others.push_back(submit(look(some)));
      break;
    case 3:
      others.push_back(submit(to_stock(sku, get_stock{})));
      break;
    default:
      adjustments.emplace_back(sku, submit(to_stock(sku, adjust_stock{1, ""})));
    }
    static_cast<void>(run_some(random()() % 16));
    if (random()() % 20 == 0)
      nudge(std::chrono::milliseconds{random()() % 300});
  }
  run();
  std::size_t overloaded = 0;
  for (const auto& [sku, slot] : adjustments) {
    BOOST_REQUIRE_MESSAGE(granted(slot) || refusal(slot) == rejection_code::overloaded, describe(slot));
    on_hand[sku] += granted(slot) ? 1 : 0;
    overloaded += granted(slot) ? 0 : 1;
  }
  BOOST_CHECK_LT(overloaded, adjustments.size() / 2);
  for (const auto& slot : others)
    BOOST_REQUIRE_MESSAGE(slot->times == 1, describe(slot));
  BOOST_CHECK_EQUAL(counters().requests_in_flight, 0U);
  for (const auto& sku : skus) {
    settle();
    advance(1s);
    BOOST_CHECK_EQUAL(ask<stock_view>(to_stock(sku, get_stock{})).levels.on_hand, on_hand[sku]);
  }
  audit();
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::test
