#include "tests/unit/actors/engine_fixture.hpp"

#include <algorithm>
#include <map>

namespace orderd::test {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t orders_live_max = 32;

[[nodiscard]] engine_options crowded() {
  auto options = small_engine();
  options.live_entities_max = 2 * orders_live_max;
  options.entity_idle = 1s;
  return options;
}

/// A shop with room for few orders in memory, whose store goes away when the test says so.
struct crowded_shop : engine_fixture {
  explicit crowded_shop(const engine_options& options = crowded()) : engine_fixture(options, printed_seed()) {
    ask<defined_stock>(definition("A", 10'000));
    settle();
  }
  /// Takes the store away, and lets the engine notice.
  void lose_store() {
    faults->away = true;
    place();
    advance(250ms);
    BOOST_REQUIRE(counters().store_away);
  }
  uuid place() { return remember(ask(creation(fresh_uuid(), {line_of("A", 1)}))); }
  uuid remember(order_ptr state) {
    const auto id = state->id;
    latest[id] = std::move(state);
    return id;
  }
  void place_many(std::size_t count) {
    while (count-- > 0)
      place();
  }
  [[nodiscard]] uuid any() {
    return std::next(latest.begin(), static_cast<std::ptrdiff_t>(random()() % latest.size()))->first;
  }
  /// Changes the order in one of the ways that its status allows.
  void change(const uuid& id) {
    const auto status = latest.at(id)->status;
    if (status == order_status::processed && random()() % 2 == 0)
      remember(ask(transition(id, order_status::accepted, bob)));
    else if (status == order_status::accepted)
      remember(ask(transition(id, order_status::completed)));
    else if (status == order_status::processed && random()() % 2 == 0)
      remember(ask(transition(id, order_status::cancelled)));
    else if (status == order_status::processed)
      remember(ask(metadata_change(id, "{\"n\":" + std::to_string(random()() % 100) + "}")));
  }
  void check_all() {
    for (const auto& [id, state] : latest) {
      BOOST_REQUIRE(*ask(look(id)) == *state);
      BOOST_REQUIRE_LE(counters().live_orders, orders_live_max);
    }
  }
  void check_stored() {
    const auto stored = reader();
    for (const auto& [id, state] : latest) {
      const auto found = stored->load_order(id);
      BOOST_REQUIRE(found && *found);
      BOOST_REQUIRE(**found == *state);
    }
  }
  /// Of all shards' files.
  [[nodiscard]] std::size_t parked_bytes() {
    std::size_t bytes = 0;
    for (const auto& [path, content] : files.contents())
      bytes += path.find("/parked/") == std::string::npos ? 0 : content.size();
    return bytes;
  }

  std::map<uuid, order_ptr> latest; ///< as last answered
};

struct narrow_shop : crowded_shop {
  static engine_options options() {
    auto options = crowded();
    options.journal_backlog_bytes_max = 4'096; // of which each of two shards may park a half
    return options;
  }
  narrow_shop() : crowded_shop(options()) {}
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(parking_of_orders, crowded_shop)

BOOST_AUTO_TEST_CASE(far_more_orders_than_may_live_are_taken_while_the_store_is_away) {
  lose_store();
  place_many(300);
  for (int i = 0; i < 600; ++i) {
    change(any());
    if (i % 5 == 0)
      place();
    if (i % 50 == 0)
      advance(100ms);
  }
  BOOST_CHECK_GT(parked_bytes(), 0U);
  check_all();
  faults->away = false;
  audit();
  check_stored();
  advance(5s);
  BOOST_CHECK_EQUAL(parked_bytes(), 0U);
  BOOST_CHECK_EQUAL(counters().live_orders, 0U);
  BOOST_CHECK(!has_timer());
  check_all();
}

BOOST_AUTO_TEST_CASE(bursts_are_taken_while_the_store_is_away) {
  lose_store();
  std::vector<answer_slot> slots;
  for (int burst = 0; burst < 50; ++burst) {
    for (int i = 0; i < 6; ++i)
      slots.push_back(submit(creation(fresh_uuid(), {line_of("A", 1)})));
    for (int i = 0; i < 2; ++i)
      slots.push_back(submit(look(any())));
    advance(250ms);
  }
  for (const auto& slot : slots)
    BOOST_REQUIRE_MESSAGE(granted(slot), describe(slot));
  for (const auto& slot : slots)
    remember(expect<order_ptr>(slot));
  faults->away = false;
  audit();
  check_stored();
}

BOOST_AUTO_TEST_CASE(an_order_that_came_back_does_not_go_before_the_store_has_it) {
  hold("orderd.write_behind"); // The store is not away, only slow.
  place_many(3 * orders_live_max);
  for (int round = 0; round < 3; ++round) {
    check_all();
    for (int i = 0; i < 100; ++i)
      change(any());
    advance(2s);
  }
  BOOST_CHECK(!counters().store_away);
  hold({});
  audit();
  check_stored();
}

BOOST_AUTO_TEST_CASE(an_order_that_was_only_read_is_not_written_twice) {
  hold("orderd.write_behind");
  place_many(3 * orders_live_max);
  check_all();
  const auto before = parked_bytes();
  for (int round = 0; round < 3; ++round)
    check_all();
  // Only those of the crowd that had never been parked can be new.
  const auto one = before / (latest.size() - orders_live_max) * 2;
  BOOST_CHECK_LE(parked_bytes(), before + orders_live_max * one);
  hold({});
  audit();
}

BOOST_AUTO_TEST_CASE(what_the_store_has_is_served_too_while_it_is_away) {
  place_many(orders_live_max / 2);
  settle();
  BOOST_REQUIRE_GE(counters().live_orders, orders_live_max / 2);
  lose_store();
  place_many(3 * orders_live_max);
  advance(2s);
  check_all();
  for (int i = 0; i < 100; ++i)
    change(any());
  check_all();
  faults->away = false;
  audit();
  check_stored();
  advance(5s);
  BOOST_CHECK_EQUAL(parked_bytes(), 0U);
  check_all();
}

BOOST_AUTO_TEST_CASE(the_latest_state_is_shown_however_often_the_store_comes_and_goes) {
  for (int round = 0; round < 10; ++round) {
    lose_store();
    // Of the others some sleep in the store.
    std::vector<uuid> recent;
    for (int i = 0; i < 60; ++i)
      recent.push_back(place());
    for (int i = 0; i < 60; ++i)
      change(recent[random()() % recent.size()]);
    faults->away = false;
    advance(std::chrono::milliseconds{random()() % 1'500});
    for (int i = 0; i < 20; ++i)
      change(any());
    for (int i = 0; i < 20; ++i) {
      const auto id = any();
      BOOST_REQUIRE(*ask(look(id)) == *latest.at(id));
    }
    settle();
  }
  check_all();
  audit();
  check_stored();
  advance(5s);
  BOOST_CHECK_EQUAL(parked_bytes(), 0U);
}

BOOST_AUTO_TEST_CASE(what_comes_while_an_order_leaves_brings_it_back) {
  lose_store();
  place_many(orders_live_max / 4 * 3);
  hold("orderd.order");
  std::vector<answer_slot> crowd;
  for (int i = 0; i < 4; ++i)
    crowd.push_back(submit(creation(fresh_uuid(), {line_of("A", 1)})));
  advance(250ms); // The oldest have been asked to leave, and have not looked yet.
  std::map<uuid, answer_slot> waiting;
  for (const auto& [id, state] : latest)
    waiting[id] = submit(metadata_change(id, R"({"late":true})"));
  advance(250ms);
  hold({});
  run();
  for (const auto& [id, slot] : waiting)
    BOOST_CHECK_EQUAL(expect<order_ptr>(slot)->version, latest.at(id)->version + 1);
  for (const auto& [id, slot] : waiting)
    remember(expect<order_ptr>(slot));
  check_all();
  faults->away = false;
  audit();
  check_stored();
}

BOOST_AUTO_TEST_CASE(a_crash_with_parked_orders_loses_nothing) {
  files.put(crowded().data_dir + "/parked/17", "what another run has left");
  lose_store();
  place_many(100);
  for (int i = 0; i < 100; ++i)
    change(any());
  BOOST_CHECK_GT(parked_bytes(), 0U);
  crash();
  BOOST_CHECK_EQUAL(parked_bytes(), 0U);
  check_all();
  audit();
  check_stored();
}

BOOST_AUTO_TEST_CASE(an_end_leaves_no_file_behind) {
  lose_store();
  place_many(3 * orders_live_max);
  BOOST_CHECK_GT(parked_bytes(), 0U);
  close();
  for (const auto& [path, content] : files.contents())
    BOOST_CHECK_MESSAGE(path.find("/parked/") == std::string::npos, path);
  faults->away = false;
  open();
  check_all();
  audit();
}

BOOST_AUTO_TEST_CASE(an_order_stays_live_when_the_disk_refuses_it) {
  lose_store();
  files.inject(call::open, effect::full_disk, 1);
  files.inject(call::open, effect::full_disk, 2);
  for (int i = 0; i < 100; ++i) {
    place();
    advance(250ms);
  }
  check_all();
  faults->away = false;
  audit();
  check_stored();
}

BOOST_AUTO_TEST_CASE(a_parked_order_that_cannot_be_read_is_said_and_tried_anew) {
  hold("orderd.write_behind");
  const auto id = place();
  place_many(3 * orders_live_max);
  files.inject(call::read, effect::io_error);
  const auto slot = submit(look(id));
  run();
  CHECK_REFUSED(slot, rejection_code::store_unavailable);
  BOOST_CHECK(*ask(look(id)) == *latest.at(id));
  hold({});
  audit();
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(bound_of_parking, narrow_shop)

BOOST_AUTO_TEST_CASE(once_the_parking_is_full_the_bound_refuses_until_the_store_is_back) {
  lose_store();
  std::size_t refused = 0;
  for (int i = 0; i < 200; ++i) {
    const auto slot = submit(creation(fresh_uuid(), {line_of("A", 1)}));
    advance(50ms);
    if (granted(slot))
      remember(expect<order_ptr>(slot));
    else
      CHECK_REFUSED(slot, rejection_code::overloaded);
    refused += granted(slot) ? 0 : 1;
  }
  BOOST_CHECK_GT(latest.size(), orders_live_max);
  BOOST_CHECK_GT(refused, 0U);
  BOOST_CHECK_LE(parked_bytes(), 4'096U);
  BOOST_CHECK_LE(counters().live_orders, orders_live_max);
  faults->away = false;
  settle();
  advance(500ms);
  place_many(10);
  audit();
  check_stored();
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::test
