#include "tests/unit/actors/engine_fixture.hpp"

namespace orderd::test {

using namespace std::chrono_literals;

namespace {

[[nodiscard]] engine_options with_database(std::size_t live_max) {
  auto options = small_engine();
  options.live_entities_max = live_max;
  options.database.emplace(); // The store is the fixture's all the same.
  return options;
}

struct catalogue_shop : engine_fixture {
  static constexpr std::size_t items = 200;
  explicit catalogue_shop(std::size_t live_max = 4 * items)
      : engine_fixture(with_database(live_max), printed_seed()) {
    for (std::size_t i = 0; i < items; ++i) {
      ask<defined_stock>(definition("S" + std::to_string(i), 5));
      if (i % 5 == 0) {
        settle();
        advance(250ms);
      }
    }
    settle();
    close();
    open();
  }
};

struct full_catalogue_shop : catalogue_shop {
  full_catalogue_shop() : catalogue_shop(items) {}
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(warm_up, catalogue_shop)

BOOST_AUTO_TEST_CASE(every_item_is_loaded_before_anybody_asks) {
  run();
  BOOST_CHECK_EQUAL(counters().live_stock_items, items);
  advance(2s);
  BOOST_CHECK(!has_timer());
  faults->away = true;
  for (std::size_t i = 0; i < items; ++i)
    BOOST_REQUIRE(ask(creation(fresh_uuid(), {line_of("S" + std::to_string(i), 1)})));
  faults->away = false;
  audit();
}

BOOST_AUTO_TEST_CASE(a_few_load_at_once_and_requests_come_in_between) {
  hold("orderd.reader");
  run();
  BOOST_CHECK_EQUAL(counters().live_stock_items, 2U * 32U);
  std::vector<answer_slot> slots;
  for (std::size_t i = 0; i < items; ++i)
    slots.push_back(submit(to_stock("S" + std::to_string(i), adjust_stock{1, ""})));
  run();
  BOOST_CHECK_EQUAL(counters().live_stock_items, items);
  hold({});
  run();
  for (const auto& slot : slots)
    BOOST_REQUIRE_EQUAL(expect<stock_view>(slot).levels.on_hand, 6);
  BOOST_CHECK_EQUAL(counters().live_stock_items, items);
}

BOOST_AUTO_TEST_CASE(what_could_not_be_loaded_is_tried_again) {
  faults->away = true;
  advance(25s);
  BOOST_CHECK_LE(counters().live_stock_items, 2U * 32U);
  faults->away = false;
  advance(2s);
  BOOST_CHECK_EQUAL(counters().live_stock_items, items);
  advance(2s);
  BOOST_CHECK(!has_timer());
}

BOOST_AUTO_TEST_CASE(what_is_damaged_is_not_tried_for_ever) {
  faults->damaged_loads = 3;
  run();
  BOOST_CHECK_EQUAL(counters().live_stock_items, items - 3);
  advance(2s);
  BOOST_CHECK(!has_timer());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(warm_up_of_a_large_catalogue, full_catalogue_shop)

BOOST_AUTO_TEST_CASE(ends_when_half_of_the_room_is_taken) {
  advance(2s);
  BOOST_CHECK_EQUAL(counters().live_stock_items, items / 4);
  BOOST_CHECK(!has_timer());
}

BOOST_AUTO_TEST_CASE(an_item_finds_room_wherever_the_others_are) {
  advance(2s);
  for (std::size_t i = 0; i < items; ++i) {
    BOOST_REQUIRE_EQUAL(ask<stock_view>(to_stock("S" + std::to_string(i), get_stock{})).levels.on_hand, 5);
    advance(50ms);
  }
  advance(2s);
  BOOST_CHECK_LE(counters().live_stock_items, items / 8 * 3);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::test
