#include "tests/unit/actors/engine_fixture.hpp"

#include <algorithm>

namespace orderd::test {

using namespace std::chrono_literals;

namespace {

struct shelf : engine_fixture {
  explicit shelf(const engine_options& options = small_engine()) : engine_fixture(options, printed_seed()) {
    ask<defined_stock>(definition("A", 10));
  }
  template <class Request> [[nodiscard]] answer_slot handled(Request request) {
    const auto slot = submit(std::move(request));
    run();
    return slot;
  }
  [[nodiscard]] std::int64_t available() {
    return ask<stock_view>(to_stock("A", get_stock{})).levels.available();
  }
  /// Reserves `qty` for a minute.
  [[nodiscard]] uuid reserve(std::int64_t qty, std::chrono::seconds ttl = 60s) {
    const auto id = fresh_uuid();
    ask<reservation_view>(to_stock("A", make_reservation{id, qty, ttl, "ann"}));
    return id;
  }
  [[nodiscard]] reservation_state stored_state(const uuid& id) {
    const auto found = reader()->load_reservation(id);
    BOOST_REQUIRE(found && *found);
    return (*found)->state;
  }
};

/// Its item sleeps until somebody asks for it.
struct sleepy_shelf : shelf {
  void fall_asleep() {
    settle();
    close();
    open();
    BOOST_REQUIRE_EQUAL(counters().live_entities(), 0U);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(stock, shelf)

BOOST_AUTO_TEST_CASE(an_unknown_item_is_not_found_and_not_made) {
  CHECK_REFUSED(handled(to_stock("B", get_stock{})), rejection_code::not_found);
  CHECK_REFUSED(handled(to_stock("B", adjust_stock{1, ""})), rejection_code::not_found);
  CHECK_REFUSED(handled(to_stock("B", make_reservation{fresh_uuid(), 1, 60s, ""})),
                rejection_code::not_found);
  CHECK_REFUSED(handled(definition("B", -1)), rejection_code::invalid_field);
  CHECK_REFUSED(handled(to_stock("B", get_stock{})), rejection_code::not_found);
  BOOST_CHECK_EQUAL(catalogue().size(), 1U);
  BOOST_CHECK(ask<defined_stock>(definition("B", 1)).created);
  BOOST_CHECK(!ask<defined_stock>(definition("B", 2)).created);
  audit();
}

BOOST_AUTO_TEST_CASE(a_product_id_stands_for_one_sku_until_it_is_given_up) {
  ask<defined_stock>(definition("A", 10, 100, 5));
  CHECK_REFUSED(handled(definition("B", 1, 100, 5)), rejection_code::product_id_taken);
  CHECK_REFUSED(handled(to_stock("B", get_stock{})), rejection_code::not_found);
  ask<defined_stock>(definition("A", 10, 100, 6));
  ask<defined_stock>(definition("B", 1, 100, 5));
  BOOST_CHECK_EQUAL(catalogue().find(5)->sku, "B");
  BOOST_CHECK_EQUAL(catalogue().find(6)->sku, "A");
  close();
  open();
  BOOST_CHECK_EQUAL(catalogue().find(5)->sku, "B");
  BOOST_CHECK_EQUAL(catalogue().find(6)->sku, "A");
}

BOOST_AUTO_TEST_CASE(a_reservation_is_its_holders_and_the_operators) {
  const auto active = reserve(1);
  const auto ended = reserve(1);
  ask<reservation_view>(to_stock("A", release_reservation{ended}, ann));
  for (const auto& id : {active, ended}) {
    CHECK_REFUSED(handled(to_stock("A", get_reservation{id}, bob)), rejection_code::not_found);
    CHECK_REFUSED(handled(to_stock("A", renew_reservation{id, 60s}, bob)), rejection_code::not_found);
    CHECK_REFUSED(handled(to_stock("A", release_reservation{id}, bob)), rejection_code::not_found);
    CHECK_REFUSED(handled(to_stock("A", commit_reservation{id}, bob)), rejection_code::not_found);
  }
  BOOST_CHECK(ask<reservation_view>(to_stock("A", get_reservation{active}, ann)).reservation.id == active);
  ask<reservation_view>(to_stock("A", renew_reservation{active, 120s}, ann));
  ask<reservation_view>(to_stock("A", commit_reservation{active}, ann));
}

BOOST_AUTO_TEST_CASE(a_second_release_waits_for_the_first_to_be_on_disk) {
  const auto id = reserve(1);
  settle();
  hold("orderd.journal");
  const auto first = submit(to_stock("A", release_reservation{id}));
  const auto second = submit(to_stock("A", release_reservation{id}));
  run();
  BOOST_CHECK_EQUAL(second->times, 0);
  hold({});
  run();
  BOOST_CHECK(granted(first));
  CHECK_REFUSED(second, rejection_code::illegal_transition);
  BOOST_CHECK(expect<rejection>(second).detail.find("released") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(another_version_than_the_callers_is_a_mismatch) {
  auto request = to_stock("A", adjust_stock{1, ""});
  request.if_match = 2;
  CHECK_REFUSED(handled(std::move(request)), rejection_code::version_mismatch);
  auto right = to_stock("A", adjust_stock{1, ""});
  right.if_match = 1;
  BOOST_CHECK_EQUAL(ask<stock_view>(std::move(right)).version, 2U);
}

BOOST_AUTO_TEST_CASE(an_expired_unit_sells_at_once_before_any_tick) {
  static_cast<void>(reserve(10));
  clock.advance(59s + 999ms);
  CHECK_REFUSED(handled(to_stock("A", make_reservation{fresh_uuid(), 1, 60s, ""})),
                rejection_code::insufficient_stock);
  clock.advance(1ms);
  BOOST_CHECK(granted(handled(to_stock("A", make_reservation{fresh_uuid(), 10, 60s, ""}))));
  clock.advance(60s);
  BOOST_CHECK(granted(handled(creation(fresh_uuid(), {line_of("A", 10)}))));
  audit();
}

BOOST_AUTO_TEST_CASE(a_read_shows_no_reservation_that_is_due) {
  const auto id = reserve(10);
  clock.advance(60s);
  BOOST_CHECK_EQUAL(available(), 10);
  CHECK_REFUSED(handled(to_stock("A", commit_reservation{id})), rejection_code::reservation_expired);
}

BOOST_AUTO_TEST_CASE(the_tick_ends_what_is_due_while_nobody_asks) {
  const auto first = reserve(4, 1s);
  const auto second = reserve(3, 2s);
  advance(1s + 300ms);
  settle();
  BOOST_CHECK(stored_state(first) == reservation_state::expired);
  BOOST_CHECK(stored_state(second) == reservation_state::active);
  advance(1s);
  settle();
  BOOST_CHECK(stored_state(second) == reservation_state::expired);
  audit();
}

BOOST_AUTO_TEST_CASE(a_renewed_reservation_ends_at_its_new_expiry) {
  const auto id = reserve(4, 1s);
  ask<reservation_view>(to_stock("A", renew_reservation{id, 10s}));
  advance(9s);
  BOOST_CHECK_EQUAL(available(), 6);
  advance(1s + 300ms);
  settle();
  BOOST_CHECK(stored_state(id) == reservation_state::expired);
}

BOOST_AUTO_TEST_CASE(an_ended_reservation_says_how_it_ended) {
  const auto released = reserve(1);
  const auto committed = reserve(2);
  const auto expired = reserve(3, 1s);
  BOOST_CHECK(ask<reservation_view>(to_stock("A", release_reservation{released})).state ==
              reservation_state::released);
  BOOST_CHECK(ask<reservation_view>(to_stock("A", commit_reservation{committed})).state ==
              reservation_state::committed);
  clock.advance(1s);
  const auto state_of = [this](const uuid& id) {
    return ask<reservation_view>(to_stock("A", get_reservation{id})).state;
  };
  // Read at once: what was acknowledged is waited for, though the store has not been told yet.
  BOOST_CHECK(state_of(released) == reservation_state::released);
  BOOST_CHECK(state_of(committed) == reservation_state::committed);
  BOOST_CHECK(state_of(expired) == reservation_state::expired);
  CHECK_REFUSED(handled(to_stock("A", commit_reservation{released})), rejection_code::illegal_transition);
  CHECK_REFUSED(handled(to_stock("A", release_reservation{committed})), rejection_code::illegal_transition);
  CHECK_REFUSED(handled(to_stock("A", renew_reservation{expired, 60s})), rejection_code::reservation_expired);
  CHECK_REFUSED(handled(to_stock("A", get_reservation{fresh_uuid()})), rejection_code::not_found);
  CHECK_REFUSED(handled(to_stock("A", renew_reservation{fresh_uuid(), 60s})), rejection_code::not_found);
  ask<defined_stock>(definition("B", 1));
  CHECK_REFUSED(handled(to_stock("B", get_reservation{released})), rejection_code::not_found);
  BOOST_CHECK(ask<stock_view>(to_stock("A", get_stock{})).levels == (stock_levels{8, 0}));
  audit();
}

BOOST_AUTO_TEST_CASE(no_unit_is_sold_twice_and_none_is_lost) {
  std::vector<answer_slot> slots;
  for (int i = 0; i < 500; ++i) {
    slots.push_back(submit(to_stock("A", make_reservation{fresh_uuid(), 1, 3600s, "ann"})));
    static_cast<void>(run_some(random()() % 4));
  }
  run();
  BOOST_CHECK_EQUAL(std::count_if(slots.begin(), slots.end(), granted), 10);
  BOOST_CHECK_EQUAL(available(), 0);
  audit();
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(sleeping_stock, sleepy_shelf)

BOOST_AUTO_TEST_CASE(a_deadline_wakes_its_item) {
  const auto id = reserve(4, 30s);
  fall_asleep();
  advance(29s);
  BOOST_CHECK_EQUAL(counters().live_entities(), 0U);
  advance(1s + 300ms);
  settle();
  BOOST_CHECK(stored_state(id) == reservation_state::expired);
  BOOST_CHECK_EQUAL(available(), 10);
}

BOOST_AUTO_TEST_CASE(a_deadline_is_kept_while_the_store_cannot_be_read) {
  const auto id = reserve(4, 30s);
  fall_asleep();
  faults->away = true;
  advance(60s);
  faults->away = false;
  advance(20s);
  settle();
  BOOST_CHECK(stored_state(id) == reservation_state::expired);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::test
