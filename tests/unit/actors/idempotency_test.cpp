#include "tests/unit/actors/keyed_requests.hpp"

#include <algorithm>
#include <variant>
#include <vector>

namespace orderd::test {

using namespace std::chrono_literals;

namespace {

/// The first slot has the answer itself, and every other one its record.
void check_shared(const std::vector<answer_slot>& slots) {
  const auto first = expect<order_ptr>(slots.front());
  for (std::size_t i = 1; i < slots.size(); ++i)
    BOOST_CHECK_EQUAL(expect<request_record_ptr>(slots[i])->body, shown(first));
}

[[nodiscard]] std::size_t creations(engine_fixture& engine) {
  const auto events = engine.journal();
  return static_cast<std::size_t>(std::count_if(events.begin(), events.end(), [](const event& e) {
    const auto* of_order = std::get_if<order_event>(&e);
    return of_order != nullptr && std::holds_alternative<order_created>(of_order->what);
  }));
}

} // namespace

BOOST_AUTO_TEST_SUITE(idempotency)

BOOST_AUTO_TEST_CASE(duplicates_at_the_same_moment_share_one_execution_and_one_answer) {
  const auto seed = printed_seed();
  for (std::uint64_t round = 0; round < 20; ++round) {
    engine_fixture engine{small_engine(), seed + round};
    engine.ask<defined_stock>(definition("A", 100));
    std::vector<answer_slot> slots;
    for (int i = 0; i < 32; ++i) {
      slots.push_back(engine.submit(keyed(creation(engine.fresh_uuid(), {line_of("A", 1)}), 1)));
      engine.run_some(round);
    }
    engine.run();
    check_shared(slots);
    BOOST_CHECK_EQUAL(creations(engine), 1U);
    BOOST_CHECK_EQUAL(engine.ask<stock_view>(to_stock("A", get_stock{})).levels.reserved, 1);
    BOOST_CHECK_EQUAL(records_in(engine).size(), 1U);
    BOOST_CHECK_EQUAL(engine.counters().requests_in_flight, 0U);
    BOOST_CHECK_EQUAL(engine.counters().bytes_in_flight, 0U);
  }
}

BOOST_AUTO_TEST_CASE(the_record_is_in_the_frame_of_the_event_that_it_answers) {
  engine_fixture engine;
  engine.ask<defined_stock>(definition("A", 100));
  const auto made = engine.ask(keyed(creation(engine.fresh_uuid(), {line_of("A", 1)}), 1));
  for (const auto& entry : engine.entries()) {
    const auto* of_order = std::get_if<order_event>(&entry.event);
    BOOST_CHECK_EQUAL(entry.record() != nullptr, of_order != nullptr);
    if (of_order != nullptr) {
      BOOST_REQUIRE(entry.request);
      BOOST_CHECK_EQUAL(entry.request->body, shown(made));
      BOOST_CHECK(entry.request->key == key_of(1));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_later_duplicate_is_replayed_without_any_event) {
  engine_fixture engine;
  const auto made =
      engine.ask(keyed(creation(engine.fresh_uuid(), {line_of("A", 1)}, order_status::draft), 1));
  engine.settle();
  engine.advance(3s);
  const auto frames = engine.entries().size();
  for (int i = 0; i < 3; ++i) {
    const auto again = engine.ask<request_record_ptr>(
        keyed(creation(engine.fresh_uuid(), {line_of("A", 1)}, order_status::draft), 1));
    BOOST_CHECK_EQUAL(again->body, shown(made));
  }
  BOOST_CHECK_EQUAL(engine.entries().size(), frames);
}

BOOST_AUTO_TEST_CASE(a_key_with_another_request_is_refused_while_the_first_runs_and_after) {
  engine_fixture engine;
  engine.ask<defined_stock>(definition("A", 100));
  engine.hold("orderd.journal");
  const auto first = engine.submit(keyed(creation(engine.fresh_uuid(), {line_of("A", 1)}), 1));
  engine.run();
  const auto meanwhile = engine.submit(keyed(creation(engine.fresh_uuid(), {line_of("A", 2)}), 1, 2));
  engine.run();
  CHECK_REFUSED(meanwhile, rejection_code::idempotency_mismatch);
  BOOST_CHECK_EQUAL(first->times, 0);
  engine.hold({});
  engine.run();
  expect<order_ptr>(first);
  const auto after = engine.submit(keyed(creation(engine.fresh_uuid(), {line_of("A", 2)}), 1, 2));
  engine.run();
  CHECK_REFUSED(after, rejection_code::idempotency_mismatch);
  BOOST_CHECK_EQUAL(creations(engine), 1U);
}

BOOST_AUTO_TEST_CASE(a_refusal_is_remembered_once_before_it_is_answered) {
  engine_fixture engine;
  engine.ask<defined_stock>(definition("A", 1));
  engine.hold("orderd.journal");
  const auto first = engine.submit(keyed(creation(engine.fresh_uuid(), {line_of("A", 2)}), 1));
  const auto second = engine.submit(keyed(creation(engine.fresh_uuid(), {line_of("A", 2)}), 1));
  engine.run();
  BOOST_CHECK_EQUAL(first->times, 0);
  engine.hold({});
  engine.run();
  CHECK_REFUSED(first, rejection_code::insufficient_stock);
  BOOST_CHECK_EQUAL(expect<request_record_ptr>(second)->body, "insufficient_stock");
  // What there is now makes no difference.
  engine.ask<stock_view>(to_stock("A", adjust_stock{10, "more"}));
  const auto later =
      engine.ask<request_record_ptr>(keyed(creation(engine.fresh_uuid(), {line_of("A", 2)}), 1));
  BOOST_CHECK_EQUAL(later->body, "insufficient_stock");
  BOOST_CHECK_EQUAL(records_in(engine).size(), 1U);
  BOOST_CHECK_EQUAL(creations(engine), 0U);
}

BOOST_AUTO_TEST_CASE(every_kind_of_post_is_remembered) {
  engine_fixture engine;
  engine.ask<defined_stock>(definition("A", 10));
  const auto order = engine.fresh_uuid();
  engine.ask(keyed(creation(order, {line_of("A", 1)}), 1));
  engine.ask(keyed(transition(order, order_status::accepted), 2));
  engine.ask(keyed(transition(order, order_status::completed), 3));
  engine.ask<stock_view>(keyed(to_stock("A", adjust_stock{5, "more"}), 4));
  const make_reservation wish{engine.fresh_uuid(), 2, 600s, "ann"};
  const auto made = engine.ask<reservation_view>(keyed(to_stock("A", wish), 5));
  engine.ask<reservation_view>(keyed(to_stock("A", commit_reservation{made.reservation.id}), 6));
  engine.ask<request_record_ptr>(keyed(transition(order, order_status::accepted), 2));
  engine.ask<request_record_ptr>(keyed(transition(order, order_status::completed), 3));
  engine.ask<request_record_ptr>(keyed(to_stock("A", adjust_stock{5, "more"}), 4));
  engine.ask<request_record_ptr>(
      keyed(to_stock("A", make_reservation{engine.fresh_uuid(), 2, 600s, "ann"}), 5));
  engine.ask<request_record_ptr>(keyed(to_stock("A", commit_reservation{made.reservation.id}), 6));
  const auto levels = engine.ask<stock_view>(to_stock("A", get_stock{})).levels;
  BOOST_CHECK_EQUAL(levels.on_hand, 12);
  BOOST_CHECK_EQUAL(levels.reserved, 0);
  BOOST_CHECK_EQUAL(records_in(engine).size(), 6U);
}

BOOST_AUTO_TEST_CASE(work_of_the_edge_is_begun_once_and_its_answer_shared) {
  engine_fixture engine;
  int begun = 0;
  reply_token running;
  const auto task = [&] {
    return keyed(keyed_task{[&](reply_token reply) {
                              ++begun;
                              running = std::move(reply);
                            },
                            {}},
                 1);
  };
  const auto first = engine.submit(task());
  const auto second = engine.submit(task());
  engine.run();
  BOOST_CHECK_EQUAL(begun, 1);
  running.answer(import_report{3, 2, 1, {}, false});
  engine.run();
  BOOST_CHECK_EQUAL(expect<import_report>(first).created, 3U);
  expect<request_record_ptr>(second);
  engine.ask<request_record_ptr>(task());
  BOOST_CHECK_EQUAL(begun, 1);
}

BOOST_AUTO_TEST_CASE(a_refusal_that_passes_reaches_all_and_is_forgotten) {
  engine_fixture engine;
  std::vector<reply_token> running;
  const auto task = [&] {
    return keyed(keyed_task{[&](reply_token reply) { running.push_back(std::move(reply)); }, {}}, 1);
  };
  for (const auto code :
       {rejection_code::shutting_down, rejection_code::overloaded, rejection_code::backlog_full,
        rejection_code::store_unavailable, rejection_code::payment_unavailable}) {
    const auto first = engine.submit(task());
    const auto second = engine.submit(task());
    engine.run();
    BOOST_REQUIRE_EQUAL(running.size(), 1U);
    running.back().answer(rejection{code, "for now", {}, {}, {}});
    running.clear();
    engine.run();
    CHECK_REFUSED(first, code);
    CHECK_REFUSED(second, code);
  }
  BOOST_CHECK(records_in(engine).empty());
  const auto dropped = engine.submit(task());
  engine.run();
  running.clear();
  engine.run();
  CHECK_REFUSED(dropped, rejection_code::overloaded);
  const auto granted_at_last = engine.submit(task());
  engine.run();
  running.back().answer(import_report{});
  engine.run();
  expect<import_report>(granted_at_last);
}

BOOST_AUTO_TEST_CASE(a_key_may_be_used_again_after_a_day_and_not_before) {
  engine_fixture engine;
  const auto draft = [&] {
    return keyed(creation(engine.fresh_uuid(), {line_of("A", 1)}, order_status::draft), 1);
  };
  const auto first = engine.ask(draft());
  engine.nudge(request_memory - 1ms);
  engine.run();
  engine.ask<request_record_ptr>(draft());
  engine.nudge(1ms);
  const auto second = engine.ask(draft());
  BOOST_CHECK(first->id != second->id);
  engine.ask<request_record_ptr>(draft());
}

BOOST_AUTO_TEST_CASE(a_replay_waits_until_it_is_as_durable_as_it_is_asked_to_be) {
  engine_fixture engine;
  const auto draft = [&](durability_mode least) {
    auto request = keyed(creation(engine.fresh_uuid(), {line_of("A", 1)}, order_status::draft), 1);
    request.reply.require(least);
    return request;
  };
  engine.faults->away = true;
  engine.ask(draft(durability_mode::journal));
  const auto waits = engine.submit(draft(durability_mode::store));
  engine.advance(1s);
  BOOST_CHECK_EQUAL(waits->times, 0);
  engine.ask<request_record_ptr>(draft(durability_mode::journal));
  engine.faults->away = false;
  engine.settle();
  expect<request_record_ptr>(waits);
}

BOOST_AUTO_TEST_CASE(an_answer_from_memory_is_not_replayed_as_one_from_the_journal_before_it_is_there) {
  auto options = small_engine();
  options.durability = durability_mode::memory;
  engine_fixture engine{options};
  const auto draft = [&](durability_mode least) {
    auto request = keyed(creation(engine.fresh_uuid(), {line_of("A", 1)}, order_status::draft), 1);
    request.reply.require(least);
    return request;
  };
  engine.hold("orderd.journal");
  engine.ask(draft(durability_mode::memory));
  engine.ask<request_record_ptr>(draft(durability_mode::memory));
  const auto waits = engine.submit(draft(durability_mode::journal));
  engine.run();
  BOOST_CHECK_EQUAL(waits->times, 0);
  BOOST_CHECK(engine.counters().bytes_in_flight > 0);
  engine.hold({});
  engine.advance(20ms);
  expect<request_record_ptr>(waits);
  BOOST_CHECK_EQUAL(engine.counters().bytes_in_flight, 0U);
  BOOST_CHECK_EQUAL(records_in(engine).size(), 1U);
}

BOOST_AUTO_TEST_CASE(new_keys_wait_for_the_store_when_it_lacks_too_many_answers) {
  auto options = small_engine();
  options.idempotency_bytes_max = 2'000;
  engine_fixture engine{options};
  const auto draft = [&](unsigned key) {
    return keyed(creation(engine.fresh_uuid(), {line_of("A", 1)}, order_status::draft), key);
  };
  engine.faults->away = true;
  unsigned accepted = 0;
  for (; accepted < 100; ++accepted) {
    const auto slot = engine.submit(draft(accepted));
    engine.run();
    if (refusal(slot) == rejection_code::overloaded)
      break;
    expect<order_ptr>(slot);
  }
  BOOST_CHECK(accepted > 1 && accepted < 100);
  engine.ask<request_record_ptr>(draft(0));
  engine.faults->away = false;
  engine.settle();
  engine.advance(3s);
  BOOST_CHECK_EQUAL(engine.counters().request_bytes, 0U);
  engine.ask(draft(accepted));
}

BOOST_AUTO_TEST_CASE(a_crowd_behind_one_key_is_bounded) {
  engine_fixture engine;
  const auto draft = [&] {
    return keyed(creation(engine.fresh_uuid(), {line_of("A", 1)}, order_status::draft), 1);
  };
  engine.hold("orderd.journal");
  std::vector<answer_slot> slots;
  for (int i = 0; i < 1'002; ++i)
    slots.push_back(engine.submit(draft()));
  engine.run();
  CHECK_REFUSED(slots.back(), rejection_code::overloaded);
  engine.hold({});
  engine.run();
  slots.pop_back();
  check_shared(slots);
}

BOOST_AUTO_TEST_CASE(an_engine_with_nothing_to_remember_sleeps) {
  engine_fixture engine;
  const auto draft = [&] {
    return keyed(creation(engine.fresh_uuid(), {line_of("A", 1)}, order_status::draft), 1);
  };
  engine.ask(draft());
  engine.settle();
  engine.advance(3s);
  BOOST_CHECK(engine.has_timer());
  engine.nudge(request_memory);
  engine.run();
  // Write-behind and the shards of orders have timers of their own, which end.
  for (int i = 0; i < 100 && engine.has_timer(); ++i) {
    engine.nudge(request_memory);
    engine.run();
  }
  engine.ask(draft());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::test
