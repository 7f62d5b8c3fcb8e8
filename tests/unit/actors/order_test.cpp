#include "config/limits.hpp"
#include "tests/unit/actors/engine_fixture.hpp"

namespace orderd::test {

using namespace std::chrono_literals;

namespace {

struct shop : engine_fixture {
  shop() : engine_fixture(small_engine(), printed_seed()) {
    ask<defined_stock>(definition("A", 10, 250));
    ask<defined_stock>(definition("B", 10, 100, 7));
  }
  [[nodiscard]] stock_levels levels(const std::string& sku) {
    return ask<stock_view>(to_stock(sku, get_stock{})).levels;
  }
  template <class Request> [[nodiscard]] answer_slot handled(Request request) {
    const auto slot = submit(std::move(request));
    run();
    return slot;
  }
  [[nodiscard]] order_ptr place(std::vector<order_line> lines,
                                order_status wanted = order_status::processed) {
    return ask(creation(fresh_uuid(), std::move(lines), wanted));
  }
};

[[nodiscard]] change_status become(order_status target) {
  change_status change;
  change.target = target;
  return change;
}

[[nodiscard]] stock_levels of(std::int64_t on_hand, std::int64_t reserved) { return {on_hand, reserved}; }

} // namespace

BOOST_FIXTURE_TEST_SUITE(orders, shop)

BOOST_AUTO_TEST_CASE(an_immediate_order_snapshots_prices_and_reserves) {
  const auto placed = place({line_of("A", 2), line_of("B", 3)});
  BOOST_CHECK(placed->status == order_status::processed);
  BOOST_CHECK_EQUAL(placed->total, 800);
  BOOST_CHECK_EQUAL(placed->version, 1U);
  BOOST_CHECK(placed->lines[1].product_id == 7);
  BOOST_CHECK(levels("A") == of(10, 2));
  BOOST_CHECK(levels("B") == of(10, 3));
  BOOST_CHECK(*ask(look(placed->id)) == *placed);
  audit();
}

BOOST_AUTO_TEST_CASE(a_refused_basket_leaves_no_order_and_nothing_reserved) {
  const auto id = fresh_uuid();
  const auto slot = submit(creation(id, {line_of("A", 2), line_of("B", 11)}));
  run();
  CHECK_REFUSED(slot, rejection_code::insufficient_stock);
  BOOST_CHECK(levels("A") == of(10, 0));
  BOOST_CHECK(levels("B") == of(10, 0));
  CHECK_REFUSED(handled(look(id)), rejection_code::not_found);
  audit();
}

BOOST_AUTO_TEST_CASE(an_unknown_order_product_and_product_id_are_refused) {
  CHECK_REFUSED(handled(look(fresh_uuid())), rejection_code::not_found);
  CHECK_REFUSED(handled(transition(fresh_uuid(), order_status::cancelled)), rejection_code::not_found);
  CHECK_REFUSED(handled(creation(fresh_uuid(), {line_of("A", 1), line_of("NONE", 1)})),
                rejection_code::unknown_product);
  auto by_id = line_of("", 1);
  by_id.product_id = 99;
  CHECK_REFUSED(handled(creation(fresh_uuid(), {by_id})), rejection_code::unknown_product);
  BOOST_CHECK(levels("A") == of(10, 0));
  audit();
  BOOST_CHECK_EQUAL(counters().requests_in_flight, 0U);
}

BOOST_AUTO_TEST_CASE(a_product_id_stands_for_its_sku) {
  auto by_id = line_of("", 2);
  by_id.product_id = 7;
  BOOST_CHECK_EQUAL(place({by_id, line_of("B", 1)})->lines.size(), 1U);
  BOOST_CHECK(levels("B") == of(10, 3));
}

BOOST_AUTO_TEST_CASE(a_given_price_that_differs_gives_all_units_back) {
  auto cheap = line_of("A", 2);
  cheap.price = 1;
  cheap.price_given = true;
  CHECK_REFUSED(handled(creation(fresh_uuid(), {cheap, line_of("B", 1)})), rejection_code::price_changed);
  BOOST_CHECK(levels("A") == of(10, 0));
  BOOST_CHECK(levels("B") == of(10, 0));
}

BOOST_AUTO_TEST_CASE(a_draft_reserves_nothing_until_it_is_placed) {
  const auto draft = place({line_of("A", 2)}, order_status::draft);
  BOOST_CHECK(levels("A") == of(10, 0));
  const auto placed = ask(transition(draft->id, order_status::registered, ann));
  BOOST_CHECK(placed->status == order_status::processed);
  BOOST_CHECK_EQUAL(placed->total, 500);
  BOOST_CHECK(levels("A") == of(10, 2));
  audit();
}

BOOST_AUTO_TEST_CASE(a_refused_placement_leaves_the_draft_as_it_was) {
  const auto draft = place({line_of("A", 2), line_of("B", 11)}, order_status::draft);
  CHECK_REFUSED(handled(transition(draft->id, order_status::registered)), rejection_code::insufficient_stock);
  BOOST_CHECK(*ask(look(draft->id)) == *draft);
  BOOST_CHECK(levels("A") == of(10, 0));
  ask<stock_view>(to_stock("B", adjust_stock{1, "found"}));
  BOOST_CHECK(ask(transition(draft->id, order_status::registered))->status == order_status::processed);
  BOOST_CHECK(levels("B") == of(11, 11));
  audit();
}

BOOST_AUTO_TEST_CASE(cancelling_releases_and_completing_commits) {
  const auto one = place({line_of("A", 2)});
  const auto other = place({line_of("A", 3)});
  ask(transition(one->id, order_status::cancelled, ann));
  BOOST_CHECK(levels("A") == of(10, 3));
  ask(transition(other->id, order_status::accepted));
  BOOST_CHECK(levels("A") == of(10, 3));
  ask(transition(other->id, order_status::completed));
  BOOST_CHECK(levels("A") == of(7, 0));
  CHECK_REFUSED(handled(transition(one->id, order_status::cancelled)), rejection_code::illegal_transition);
  audit();
}

BOOST_AUTO_TEST_CASE(of_cancel_and_complete_exactly_one_wins) {
  ask<stock_view>(to_stock("A", adjust_stock{990, "more"}));
  std::int64_t completions = 0;
  for (int round = 0; round < 200; ++round) {
    const auto placed = place({line_of("A", 1)});
    ask(transition(placed->id, order_status::accepted));
    const bool cancel_first = random()() % 2 == 0;
    const auto first =
        submit(transition(placed->id, cancel_first ? order_status::cancelled : order_status::completed));
    static_cast<void>(run_some(random()() % 8));
    const auto second =
        submit(transition(placed->id, cancel_first ? order_status::completed : order_status::cancelled));
    run();
    BOOST_REQUIRE_MESSAGE(granted(first), describe(first));
    CHECK_REFUSED(second, rejection_code::illegal_transition);
    completions += cancel_first ? 0 : 1;
  }
  BOOST_CHECK(levels("A") == of(1'000 - completions, 0));
  audit();
}

BOOST_AUTO_TEST_CASE(changes_wait_for_the_placement_under_way) {
  const auto draft = place({line_of("A", 2)}, order_status::draft);
  hold("orderd.stock");
  const auto placing = submit(transition(draft->id, order_status::registered));
  const auto amending = submit(metadata_change(draft->id, R"({"n":1})"));
  const auto cancelling = submit(transition(draft->id, order_status::cancelled));
  const auto looking = submit(look(draft->id));
  run();
  BOOST_CHECK_EQUAL(placing->times + amending->times + cancelling->times, 0);
  BOOST_CHECK(expect<order_ptr>(looking)->status == order_status::draft);
  hold({});
  run();
  BOOST_CHECK(expect<order_ptr>(placing)->status == order_status::processed);
  BOOST_CHECK(expect<order_ptr>(amending)->metadata == R"({"n":1})");
  BOOST_CHECK(expect<order_ptr>(cancelling)->status == order_status::cancelled);
  BOOST_CHECK(levels("A") == of(10, 0));
  audit();
}

BOOST_AUTO_TEST_CASE(only_so_many_changes_wait_for_a_placement) {
  const auto draft = place({line_of("A", 2)}, order_status::draft);
  hold("orderd.stock");
  std::vector<answer_slot> slots{submit(transition(draft->id, order_status::registered))};
  for (int i = 0; i < 70; ++i)
    slots.push_back(submit(metadata_change(draft->id, "{\"n\":" + std::to_string(i) + "}")));
  run();
  for (std::size_t i = 65; i < slots.size(); ++i)
    CHECK_REFUSED(slots[i], rejection_code::overloaded);
  hold({});
  run();
  for (std::size_t i = 0; i < 65; ++i)
    BOOST_CHECK_MESSAGE(granted(slots[i]), describe(slots[i]));
  BOOST_CHECK_EQUAL(ask(look(draft->id))->metadata, R"({"n":63})");
  audit();
}

BOOST_AUTO_TEST_CASE(another_version_than_the_callers_is_a_mismatch) {
  const auto draft = place({line_of("A", 2)}, order_status::draft);
  CHECK_REFUSED(handled(transition(draft->id, order_status::registered, ann, 2)),
                rejection_code::version_mismatch);
  BOOST_CHECK(ask(transition(draft->id, order_status::registered, ann, 1))->version == 2);
  CHECK_REFUSED(handled(transition(draft->id, order_status::cancelled, bob, 9)), rejection_code::not_found);
}

BOOST_AUTO_TEST_CASE(a_runner_with_another_version_does_not_take_the_order) {
  const auto placed = place({line_of("A", 2)});
  CHECK_REFUSED(handled(transition(placed->id, order_status::accepted, bob, 9)),
                rejection_code::version_mismatch);
  BOOST_CHECK(ask(look(placed->id))->status == order_status::processed);
  BOOST_CHECK_EQUAL(ask(transition(placed->id, order_status::accepted, bob, 1))->runner_id, "bob");
}

BOOST_AUTO_TEST_CASE(metadata_goes_with_the_status_that_is_granted) {
  const auto placed = place({line_of("A", 2)});
  CHECK_REFUSED(handled(metadata_change(placed->id, R"({"n":1})", become(order_status::completed))),
                rejection_code::illegal_transition);
  BOOST_CHECK_EQUAL(ask(look(placed->id))->metadata, "{}");
  const auto cancelled = ask(metadata_change(placed->id, R"({"n":2})", become(order_status::cancelled)));
  BOOST_CHECK(cancelled->status == order_status::cancelled);
  BOOST_CHECK_EQUAL(cancelled->metadata, R"({"n":2})");
  const auto draft = place({line_of("A", 2)}, order_status::draft);
  const auto became = ask(metadata_change(draft->id, R"({"n":3})", become(order_status::registered), ann));
  BOOST_CHECK(became->status == order_status::processed);
  BOOST_CHECK_EQUAL(became->metadata, R"({"n":3})");
  audit();
}

BOOST_AUTO_TEST_CASE(a_runner_that_takes_an_order_may_write_its_metadata_too) {
  const auto placed = place({line_of("A", 2)});
  const auto taken = ask(metadata_change(placed->id, R"({"n":1})", become(order_status::accepted), bob));
  BOOST_CHECK(taken->status == order_status::accepted);
  BOOST_CHECK_EQUAL(taken->metadata, R"({"n":1})");
}

BOOST_AUTO_TEST_CASE(metadata_that_is_refused_leaves_the_status) {
  const auto placed = place({line_of("A", 2)});
  const std::string large(limits::metadata_bytes_max + 1, ' ');
  CHECK_REFUSED(handled(metadata_change(placed->id, large, become(order_status::cancelled))),
                rejection_code::invalid_field);
  CHECK_REFUSED(handled(metadata_change(placed->id, large, become(order_status::accepted))),
                rejection_code::invalid_field);
  const auto draft = place({line_of("A", 2)}, order_status::draft);
  CHECK_REFUSED(handled(metadata_change(draft->id, large, become(order_status::registered))),
                rejection_code::invalid_field);
  BOOST_CHECK(ask(look(placed->id))->status == order_status::processed);
  BOOST_CHECK(ask(look(draft->id))->status == order_status::draft);
  audit();
}

BOOST_AUTO_TEST_CASE(a_stranger_learns_no_version_from_a_draft) {
  const auto draft = ask(creation(fresh_uuid(), {line_of("A", 1)}, order_status::draft));
  const auto slot = submit(transition(draft->id, order_status::accepted, bob, 7));
  run();
  CHECK_REFUSED(slot, rejection_code::not_found);
}

BOOST_AUTO_TEST_CASE(a_stranger_learns_nothing_from_metadata_that_cannot_be_merged) {
  const auto placed = place({line_of("A", 2)});
  auto request = metadata_change(placed->id, "{}", {}, bob);
  std::get<change_order>(request.what).merge = [](const std::string&) -> decision<std::string> {
    return refuse(rejection_code::invalid_field, "too large", "metadata");
  };
  CHECK_REFUSED(handled(std::move(request)), rejection_code::not_found);
}

BOOST_AUTO_TEST_CASE(a_reservation_becomes_an_order) {
  const auto id = fresh_uuid();
  ask<reservation_view>(to_stock("A", make_reservation{id, 4, 60s, "ann"}));
  const auto placed = place({claim_of("A", id), line_of("B", 1)});
  BOOST_CHECK_EQUAL(placed->lines[0].qty, 4);
  BOOST_CHECK(levels("A") == of(10, 4));
  advance(70s);
  BOOST_CHECK(levels("A") == of(10, 4));
  CHECK_REFUSED(handled(to_stock("A", release_reservation{id})), rejection_code::illegal_transition);
  audit();
  ask(transition(placed->id, order_status::cancelled));
  BOOST_CHECK(levels("A") == of(10, 0));
  audit();
}

BOOST_AUTO_TEST_CASE(a_refused_order_returns_the_claim_with_its_old_expiry) {
  const auto id = fresh_uuid();
  const auto made = ask<reservation_view>(to_stock("A", make_reservation{id, 4, 60s, "ann"}));
  CHECK_REFUSED(handled(creation(fresh_uuid(), {claim_of("A", id), line_of("B", 11)})),
                rejection_code::insufficient_stock);
  const auto back = ask<reservation_view>(to_stock("A", get_reservation{id}));
  BOOST_CHECK(back.reservation == made.reservation);
  BOOST_CHECK(levels("A") == of(10, 4));
  audit();
  advance(60s + 250ms);
  settle();
  BOOST_CHECK(levels("A") == of(10, 0));
  audit();
}

BOOST_AUTO_TEST_CASE(a_claim_that_is_returned_after_its_expiry_ends_by_the_next_tick) {
  const auto id = fresh_uuid();
  ask<reservation_view>(to_stock("A", make_reservation{id, 4, 1s, "ann"}));
  advance(990ms);
  const auto slot = submit(creation(fresh_uuid(), {claim_of("A", id), line_of("B", 11)}));
  hold("orderd.stock");
  run();
  hold("orderd.order"); // The claim is made, and its answer waits until the reservation would have expired.
  advance(5s);
  hold({});
  run();
  CHECK_REFUSED(slot, rejection_code::insufficient_stock);
  const auto syncs = counters().journal_syncs.load();
  advance(500ms);
  // Nobody asked for the item: its own tick ended the reservation.
  BOOST_CHECK_GT(counters().journal_syncs, syncs);
  settle();
  BOOST_CHECK(reader()->load_reservation(id).value()->state == reservation_state::expired);
}

BOOST_AUTO_TEST_CASE(a_claim_of_what_has_expired_is_told_so_before_and_after_the_tick) {
  const auto id = fresh_uuid();
  ask<reservation_view>(to_stock("A", make_reservation{id, 4, 1s, "ann"}));
  clock.advance(1s);
  CHECK_REFUSED(handled(creation(fresh_uuid(), {claim_of("A", id)})), rejection_code::reservation_expired);
  advance(5s);
  CHECK_REFUSED(handled(creation(fresh_uuid(), {claim_of("A", id)})), rejection_code::reservation_expired);
  CHECK_REFUSED(handled(creation(fresh_uuid(), {claim_of("NONE", id)})), rejection_code::unknown_product);
  BOOST_CHECK(levels("A") == of(10, 0));
  audit();
}

BOOST_AUTO_TEST_CASE(of_two_orders_one_gets_the_reservation) {
  for (int round = 0; round < 100; ++round) {
    const auto id = fresh_uuid();
    ask<reservation_view>(to_stock("A", make_reservation{id, 1, 60s, "ann"}));
    const auto first = submit(creation(fresh_uuid(), {claim_of("A", id)}));
    const auto second = submit(creation(fresh_uuid(), {claim_of("A", id)}));
    run();
    BOOST_REQUIRE_EQUAL((granted(first) ? 1 : 0) + (granted(second) ? 1 : 0), 1);
    CHECK_REFUSED(granted(first) ? second : first, rejection_code::illegal_transition);
    ask(transition(expect<order_ptr>(granted(first) ? first : second)->id, order_status::cancelled));
  }
  audit();
}

BOOST_AUTO_TEST_CASE(baskets_in_opposite_order_never_hold_each_other_up) {
  ask<defined_stock>(definition("L", 1));
  ask<defined_stock>(definition("R", 1));
  int refusals = 0;
  for (int round = 0; round < 3'000; ++round) {
    const auto one = fresh_uuid();
    const auto other = fresh_uuid();
    const auto first = submit(creation(one, {line_of("L", 1), line_of("R", 1)}));
    const auto second = submit(creation(other, {line_of("R", 1), line_of("L", 1)}));
    run();
    // Both may be refused, each having met the other; never both granted, never a unit left reserved.
    const int winners = (granted(first) ? 1 : 0) + (granted(second) ? 1 : 0);
    BOOST_REQUIRE_LE(winners, 1);
    refusals += winners == 0 ? 1 : 0;
    BOOST_REQUIRE(levels("L") == of(1, winners));
    BOOST_REQUIRE(levels("R") == of(1, winners));
    if (winners == 1)
      ask(transition(granted(first) ? one : other, order_status::cancelled));
    BOOST_REQUIRE(levels("L") == of(1, 0));
  }
  BOOST_TEST_MESSAGE(refusals << " rounds without a winner");
  audit();
}

BOOST_AUTO_TEST_CASE(five_hundred_buyers_get_exactly_the_hundred_units) {
  ask<defined_stock>(definition("HOT", 100));
  std::vector<answer_slot> slots;
  for (int i = 0; i < 500; ++i) {
    slots.push_back(submit(creation(fresh_uuid(), {line_of("HOT", 1)})));
    static_cast<void>(run_some(random()() % 5));
  }
  run();
  std::size_t sold = 0;
  for (const auto& slot : slots) {
    sold += granted(slot) ? 1 : 0;
    if (!granted(slot))
      CHECK_REFUSED(slot, rejection_code::insufficient_stock);
  }
  BOOST_CHECK_EQUAL(sold, 100U);
  BOOST_CHECK(levels("HOT") == of(100, 100));
  BOOST_CHECK_EQUAL(counters().requests_in_flight, 0U);
  audit();
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::test
