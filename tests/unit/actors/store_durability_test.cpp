#include "tests/unit/actors/engine_fixture.hpp"
#include "tests/unit/actors/keyed_requests.hpp"

#include <algorithm>
#include <limits>
#include <set>

namespace orderd::test {

using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t always = std::numeric_limits<std::uint64_t>::max();

struct shop : engine_fixture {
  explicit shop(const engine_options& options = small_engine()) : engine_fixture(options, printed_seed()) {
    ask<defined_stock>(definition("A", 10'000));
    settle();
  }
  [[nodiscard]] std::uint64_t batches() const { return faults->applied_batches; }
};

/// A shop in which every answer must be stored.
struct careful_shop : shop {
  static engine_options options() {
    auto options = small_engine();
    options.durability = durability_mode::store;
    return options;
  }
  careful_shop() : shop(options()) {}
};

struct forgetful_shop : shop {
  static engine_options options() {
    auto options = small_engine();
    options.entity_idle = 1s;
    return options;
  }
  forgetful_shop() : shop(options()) {}
};

template <class Request> [[nodiscard]] Request stored(Request request) {
  request.reply.require(durability_mode::store);
  return request;
}

[[nodiscard]] order_request draft(const uuid& id, std::string metadata) {
  auto request = creation(id, {line_of("A", 1)}, order_status::draft);
  std::get<create_order>(request.what).metadata = std::move(metadata);
  return request;
}

/// Refuses every event of the order, as a constraint on its row would.
[[nodiscard]] auto of_order(const uuid& id) {
  return [id](const event& e) {
    const auto* of = std::get_if<order_event>(&e);
    return of != nullptr && of->order_id == id;
  };
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(answers_that_must_be_stored, careful_shop)

BOOST_AUTO_TEST_CASE(no_answer_leaves_before_the_commit) {
  hold("orderd.write_behind");
  const auto placed = submit(creation(fresh_uuid(), {line_of("A", 1)}));
  const auto adjusted = submit(to_stock("A", adjust_stock{1, ""}));
  const auto seen = submit(to_stock("A", get_stock{}));
  run();
  BOOST_CHECK_EQUAL(placed->times + adjusted->times + seen->times, 0);
  hold({});
  run();
  BOOST_CHECK(granted(placed) && granted(adjusted));
  BOOST_CHECK_EQUAL(expect<stock_view>(seen).levels.on_hand, 10'001);
  BOOST_CHECK_EQUAL(reader()->load_stock("A").value()->view().levels.on_hand, 10'001);
  BOOST_CHECK_EQUAL(counters().requests_in_flight, 0U);
}

BOOST_AUTO_TEST_CASE(all_that_gathered_during_a_commit_shares_the_next) {
  hold("orderd.write_behind");
  std::vector<answer_slot> slots;
  for (int i = 0; i < 100; ++i)
    slots.push_back(submit(creation(fresh_uuid(), {line_of("A", 1)})));
  run();
  const auto before = batches();
  hold({});
  run();
  BOOST_CHECK_EQUAL(std::count_if(slots.begin(), slots.end(), granted), 100);
  BOOST_CHECK_EQUAL(batches(), before + 1);
}

BOOST_AUTO_TEST_CASE(a_stored_entity_is_shown_at_once) {
  hold("orderd.write_behind");
  const auto seen = submit(to_stock("A", get_stock{}));
  run();
  BOOST_CHECK(granted(seen));
}

BOOST_AUTO_TEST_CASE(a_refusal_for_want_of_stock_waits_for_nothing) {
  faults->applies = always;
  const auto slot = submit(creation(fresh_uuid(), {line_of("A", 20'000)}));
  run();
  CHECK_REFUSED(slot, rejection_code::insufficient_stock);
}

BOOST_AUTO_TEST_CASE(a_store_that_stays_away_is_named_and_the_change_follows_later) {
  faults->applies = always;
  const auto id = fresh_uuid();
  const auto placed = submit(creation(id, {line_of("A", 3)}));
  advance(9'900ms);
  BOOST_CHECK_EQUAL(placed->times, 0);
  advance(1'600ms);
  CHECK_REFUSED(placed, rejection_code::store_unavailable);
  BOOST_CHECK_EQUAL(counters().requests_in_flight, 0U);
  faults->applies = 0;
  audit();
  BOOST_CHECK_EQUAL(ask(look(id))->lines.at(0).qty, 3);
}

BOOST_AUTO_TEST_CASE(a_store_that_never_answers_keeps_nobody_beyond_the_deadline) {
  hold("orderd.write_behind");
  const auto id = fresh_uuid();
  const auto placed = submit(creation(id, {line_of("A", 3)}));
  run();
  nudge(1s);
  const auto later = submit(to_stock("A", adjust_stock{1, ""}));
  run();
  advance(8'999ms);
  BOOST_CHECK_EQUAL(placed->times + later->times, 0);
  advance(1ms);
  CHECK_REFUSED(placed, rejection_code::store_unavailable);
  BOOST_CHECK_EQUAL(later->times, 0);
  advance(1s);
  CHECK_REFUSED(later, rejection_code::store_unavailable);
  BOOST_CHECK_EQUAL(counters().requests_in_flight, 0U);
  hold({});
  audit();
  BOOST_CHECK_EQUAL(ask(look(id))->lines.at(0).qty, 3);
}

BOOST_AUTO_TEST_CASE(answers_survive_a_store_that_comes_back_in_time) {
  faults->applies = 5;
  const auto placed = submit(creation(fresh_uuid(), {line_of("A", 1)}));
  advance(8s);
  BOOST_CHECK(granted(placed));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(one_request_may_ask_for_more, shop)

BOOST_AUTO_TEST_CASE(only_the_request_that_asks_waits_for_the_store) {
  faults->applies = 1;
  const auto waits = submit(stored(creation(fresh_uuid(), {line_of("A", 1)})));
  const auto goes = submit(creation(fresh_uuid(), {line_of("A", 1)}));
  run();
  BOOST_CHECK(granted(goes));
  BOOST_CHECK_EQUAL(waits->times, 0);
  advance(1s);
  BOOST_CHECK(granted(waits));
}

BOOST_AUTO_TEST_CASE(it_is_not_kept_waiting_for_others_to_share_its_transaction) {
  const auto waits = submit(stored(creation(fresh_uuid(), {line_of("A", 1)})));
  run(); // No time passes: the batch latency does not either.
  BOOST_CHECK(granted(waits));
}

BOOST_AUTO_TEST_CASE(less_than_the_process_promises_cannot_be_had) {
  auto request = creation(fresh_uuid(), {line_of("A", 1)});
  request.reply.require(durability_mode::memory);
  hold("orderd.journal");
  const auto slot = submit(std::move(request));
  run();
  BOOST_CHECK_EQUAL(slot->times, 0);
  hold({});
  run();
  BOOST_CHECK(granted(slot));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(what_the_store_refuses, forgetful_shop)

BOOST_AUTO_TEST_CASE(is_found_among_many_set_aside_and_stops_nothing) {
  hold("orderd.write_behind");
  std::vector<uuid> ids;
  for (int i = 0; i < 200; ++i) {
    ids.push_back(fresh_uuid());
    static_cast<void>(submit(draft(ids.back(), "{}")));
  }
  run();
  const auto bad = ids[137];
  faults->refuses = of_order(bad);
  const auto tries = faults->tries;
  hold({});
  settle();
  BOOST_CHECK_LE(faults->tries - tries, 30U);
  BOOST_CHECK(counters().store_error().empty());
  const auto aside = counters().aside();
  BOOST_CHECK_EQUAL(aside.events, 1U);
  BOOST_CHECK_EQUAL(aside.reason, "a rule of the database's owner");
  for (const auto& id : ids)
    BOOST_CHECK(reader()->load_order(id).value() != nullptr);
}

BOOST_AUTO_TEST_CASE(is_given_up_if_it_is_but_the_record_of_a_request) {
  faults->refuses_records = true;
  const auto made = ask(keyed(draft(fresh_uuid(), "{}"), 1));
  const auto refused = submit(keyed(creation(fresh_uuid(), {line_of("A", 100'000)}), 2));
  settle();
  CHECK_REFUSED(refused, rejection_code::insufficient_stock);
  const auto unkeyed = ask(draft(fresh_uuid(), "{}"));
  settle();
  BOOST_CHECK(counters().store_error().empty());
  BOOST_CHECK_EQUAL(counters().aside().events, 0U);
  for (const auto& id : {made->id, unkeyed->id})
    BOOST_CHECK(reader()->load_order(id).value() != nullptr);
  for (const unsigned key : {1U, 2U})
    BOOST_CHECK(!reader()->load_request(key_of(key)).value().has_value());
  std::uint64_t last = 0;
  BOOST_CHECK(reader()->history(1, [&](const sequenced_event& e) {
    BOOST_CHECK_EQUAL(e.seq, ++last);
    return result<void>{};
  }));
}

BOOST_AUTO_TEST_CASE(goes_aside_without_the_record_that_is_refused_as_well) {
  const auto id = fresh_uuid();
  faults->refuses = of_order(id);
  faults->refuses_records = true;
  ask(keyed(draft(id, "{}"), 1));
  settle();
  BOOST_CHECK(counters().store_error().empty());
  BOOST_CHECK_EQUAL(counters().aside().events, 1U);
  BOOST_CHECK(!reader()->load_request(key_of(1)).value().has_value());
  BOOST_CHECK(reader()->load_order(id).value() != nullptr);
}

BOOST_AUTO_TEST_CASE(goes_aside_with_its_record_remembered) {
  const auto id = fresh_uuid();
  faults->refuses = of_order(id);
  ask(keyed(draft(id, "{}"), 1));
  settle();
  BOOST_CHECK_EQUAL(counters().aside().events, 1U);
  BOOST_CHECK(reader()->load_request(key_of(1)).value().has_value());
}

BOOST_AUTO_TEST_CASE(is_still_served_whole_after_it_slept) {
  const auto id = fresh_uuid();
  faults->refuses = of_order(id);
  ask(draft(id, "{\"first\":1}"));
  settle();
  ask(transition(id, order_status::cancelled));
  settle();
  BOOST_CHECK_EQUAL(counters().aside().events, 2U);
  BOOST_CHECK_EQUAL(counters().aside().entities, 1U);
  advance(5s);
  BOOST_CHECK_EQUAL(counters().live_orders, 0U);
  const auto shown = ask(look(id));
  BOOST_CHECK(shown->status == order_status::cancelled);
  BOOST_CHECK_EQUAL(shown->metadata, "{\"first\":1}");
}

BOOST_AUTO_TEST_CASE(comes_back_with_a_start_once_the_cause_is_gone) {
  const auto id = fresh_uuid();
  faults->refuses = of_order(id);
  const auto placed = ask(creation(id, {line_of("A", 7)}));
  settle();
  BOOST_CHECK_EQUAL(counters().aside().events, 1U);
  close();
  faults->refuses = {};
  open();
  BOOST_CHECK_EQUAL(counters().aside().events, 0U);
  BOOST_CHECK(*ask(look(id)) == *placed);
  audit();
}

BOOST_AUTO_TEST_CASE(stays_aside_while_a_start_cannot_try_it_again) {
  const auto id = fresh_uuid();
  faults->refuses = of_order(id);
  const auto placed = ask(creation(id, {line_of("A", 7)}));
  settle();
  close();
  faults->refuses = {};
  faults->retries_aside = 1;
  open();
  BOOST_CHECK_EQUAL(faults->retries_aside, 0U);
  BOOST_CHECK_EQUAL(counters().aside().events, 1U);
  BOOST_CHECK(*ask(look(id)) == *placed);
  close();
  open();
  BOOST_CHECK_EQUAL(counters().aside().events, 0U);
  BOOST_CHECK(*ask(look(id)) == *placed);
  audit();
}

BOOST_AUTO_TEST_CASE(survives_a_crash_at_any_moment) {
  const auto id = fresh_uuid();
  faults->refuses = of_order(id);
  for (std::size_t steps = 1; steps < 60; steps += 3) {
    const auto other = submit(creation(fresh_uuid(), {line_of("A", 1)}));
    const auto own = steps == 1 ? submit(draft(id, "{}")) : other;
    run();
    BOOST_REQUIRE(granted(other) && granted(own));
    nudge(1s);
    static_cast<void>(run_some(steps));
    crash();
    BOOST_REQUIRE(ask(look(id)) != nullptr);
  }
  audit();
}

BOOST_AUTO_TEST_SUITE_END()

struct small_batches : shop {
  static engine_options options() {
    auto options = small_engine();
    options.store_batch_events_max = 16;
    options.store_batch_latency = 1'000ms;
    return options;
  }
  small_batches() : shop(options()) {}
};

BOOST_FIXTURE_TEST_CASE(full_batches_follow_each_other_without_a_pause, small_batches) {
  hold("orderd.write_behind");
  for (int i = 0; i < 160; ++i)
    static_cast<void>(submit(draft(fresh_uuid(), "{}")));
  run();
  hold({});
  advance(1s);
  BOOST_CHECK_EQUAL(counters().applied_seq, counters().durable_seq);
}

BOOST_FIXTURE_TEST_CASE(a_batch_that_takes_too_long_is_tried_in_parts, shop) {
  hold("orderd.write_behind");
  for (int i = 0; i < 300; ++i)
    static_cast<void>(submit(draft(fresh_uuid(), "{}")));
  run();
  faults->events_in_time_max = 10;
  const auto before = batches();
  hold({});
  settle();
  BOOST_CHECK_GE(batches() - before, 30U);
  BOOST_CHECK_EQUAL(counters().applied_seq, counters().durable_seq);
  BOOST_CHECK(counters().store_error().empty());
}

BOOST_FIXTURE_TEST_CASE(a_start_behind_a_store_that_is_slow_comes_to_its_end, shop) {
  faults->applies = always;
  for (int i = 0; i < 300; ++i)
    ask(draft(fresh_uuid(), "{}"));
  close();
  faults->applies = 0;
  faults->events_in_time_max = 10;
  open();
  BOOST_CHECK_EQUAL(replayed_events(), 300U);
}

} // namespace orderd::test
