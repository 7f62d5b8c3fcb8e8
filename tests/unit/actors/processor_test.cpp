#include "tests/unit/actors/processor_fixture.hpp"

namespace orderd::test {

using namespace std::chrono_literals;

namespace {

struct begun_processor : processor_fixture {
  begun_processor() {
    start();
    begin();
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(processor_rounds)

BOOST_FIXTURE_TEST_CASE(registered_orders_run_in_their_order_when_the_interval_comes, begun_processor) {
  advance(2s);
  for (const auto number : {3, 1, 2})
    announce_registered(id(static_cast<std::uint8_t>(number)));
  advance(2'900ms);
  CHECK_ASKED(*this, {});
  BOOST_TEST(counters.processor_ready == 3U);
  advance(100ms);
  CHECK_ASKED(*this, {id(3), id(1), id(2)});
  BOOST_TEST(counters.processor_ready == 0U);
  BOOST_TEST(counters.processor_in_flight == 3U);
}

BOOST_FIXTURE_TEST_CASE(one_that_registers_behind_a_round_waits_for_the_next, begun_processor) {
  announce_registered(id(1));
  advance(5s);
  announce_registered(id(2));
  CHECK_ASKED(*this, {id(1)});
  answer_done();
  advance(4'900ms);
  CHECK_ASKED(*this, {});
  advance(100ms);
  CHECK_ASKED(*this, {id(2)});
}

BOOST_FIXTURE_TEST_CASE(without_an_interval_they_run_at_once, processor_fixture) {
  setup.interval = 0s;
  start();
  begin();
  announce_registered(id(1));
  CHECK_ASKED(*this, {id(1)});
}

BOOST_FIXTURE_TEST_CASE(no_more_than_allowed_are_under_way, processor_fixture) {
  setup.in_flight_max = 2;
  start();
  begin();
  for (const auto& each : ids(1, 5))
    announce_registered(each);
  advance(5s);
  CHECK_ASKED(*this, ids(1, 2));
  answer_done();
  CHECK_ASKED(*this, ids(2, 3));
  answer_done();
  answer_done();
  CHECK_ASKED(*this, ids(4, 5));
  answer_done();
  answer_done();
  CHECK_ASKED(*this, {});
}

BOOST_FIXTURE_TEST_CASE(an_order_that_repeats_itself_is_asked_once, begun_processor) {
  announce_registered(id(1));
  announce_registered(id(2));
  announce_registered(id(1));
  BOOST_TEST(counters.processor_ready == 2U);
  advance(5s);
  CHECK_ASKED(*this, {id(1), id(2)});
}

BOOST_FIXTURE_TEST_CASE(one_that_needs_nothing_any_more_is_left_alone, begun_processor) {
  announce_registered(id(1));
  announce_at(id(2), in(1s));
  announce_none(id(1));
  announce_none(id(2));
  advance(10s);
  CHECK_ASKED(*this, {});
  BOOST_TEST(!has_timer());
}

BOOST_FIXTURE_TEST_CASE(a_processor_without_work_sends_no_messages, begun_processor) {
  BOOST_TEST(!has_timer());
  announce_registered(id(1));
  BOOST_TEST(has_timer());
  advance(5s);
  BOOST_TEST(!has_timer());
  answer_done();
  BOOST_TEST(!has_timer());
}

BOOST_FIXTURE_TEST_CASE(nothing_is_begun_before_the_engine_says_so, processor_fixture) {
  setup.interval = 0s;
  start();
  announce_registered(id(1));
  BOOST_TEST(around.pages == 0U);
  CHECK_ASKED(*this, {});
  begin();
  CHECK_ASKED(*this, {id(1)});
}

BOOST_FIXTURE_TEST_CASE(nothing_is_begun_once_the_engine_ends, begun_processor) {
  announce_registered(id(1));
  send(finish_atom::value);
  advance(10s);
  CHECK_ASKED(*this, {});
}

BOOST_FIXTURE_TEST_CASE(orders_wait_while_the_journal_has_no_room, processor_fixture) {
  setup.interval = 0s;
  start();
  begin();
  counters.accepts_writes = false;
  announce_registered(id(1));
  advance(5s);
  CHECK_ASKED(*this, {});
  counters.accepts_writes = true;
  counters.headroom_bytes = 4 * 48 * 1024; // half of it is for requests from outside
  advance(1s);
  CHECK_ASKED(*this, {id(1)});
  for (const auto& each : ids(2, 4))
    announce_registered(each);
  advance(1s);
  CHECK_ASKED(*this, ids(1, 2));
  answer_done();
  CHECK_ASKED(*this, ids(2, 3));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(processor_timers)

BOOST_FIXTURE_TEST_CASE(a_time_is_kept_whatever_the_interval, begun_processor) {
  announce_at(id(1), in(1'200ms));
  announce_at(id(2), in(300ms));
  BOOST_TEST(counters.processor_due == 2U);
  advance(290ms);
  CHECK_ASKED(*this, {});
  advance(20ms);
  CHECK_ASKED(*this, {id(2)});
  advance(1s);
  CHECK_ASKED(*this, {id(2), id(1)});
}

BOOST_FIXTURE_TEST_CASE(the_latest_word_counts, begun_processor) {
  announce_at(id(1), in(1s));
  announce_at(id(1), in(3s));
  advance(2'900ms);
  CHECK_ASKED(*this, {});
  advance(200ms);
  CHECK_ASKED(*this, {id(1)});
}

BOOST_FIXTURE_TEST_CASE(a_time_that_has_passed_is_now, begun_processor) {
  announce_at(id(1), in(-1s));
  CHECK_ASKED(*this, {id(1)});
}

BOOST_FIXTURE_TEST_CASE(a_clock_that_is_set_ahead_is_noticed_within_a_minute, begun_processor) {
  announce_at(id(1), in(24h));
  clock.advance(24h);
  advance(61s);
  CHECK_ASKED(*this, {id(1)});
}

BOOST_FIXTURE_TEST_CASE(a_refusal_that_may_pass_is_tried_again_with_longer_waits, begun_processor) {
  announce_at(id(1), in(0s));
  std::chrono::milliseconds waited{0};
  std::chrono::milliseconds last_waited{0};
  for (const auto code : {rejection_code::overloaded, rejection_code::store_unavailable,
                          rejection_code::backlog_full, rejection_code::shutting_down}) {
    last_waited = waited;
    waited = 0ms;
    refuse(code);
    CHECK_ASKED(*this, {});
    for (; asked().empty() && waited < 60s; waited += 10ms)
      advance(10ms);
    CHECK_ASKED(*this, {id(1)});
    BOOST_TEST(waited.count() >= last_waited.count());
  }
  answer_done();
  BOOST_TEST(!has_timer());
}

BOOST_FIXTURE_TEST_CASE(a_wait_after_refusals_ends_within_half_a_minute, begun_processor) {
  announce_at(id(1), in(0s));
  for (int i = 0; i < 40; ++i) {
    refuse(rejection_code::overloaded);
    for (int waited = 0; asked().empty() && waited <= 3'000; ++waited)
      advance(10ms);
    CHECK_ASKED(*this, {id(1)});
  }
}

BOOST_FIXTURE_TEST_CASE(a_token_that_is_dropped_is_a_refusal_that_may_pass, begun_processor) {
  announce_at(id(1), in(0s));
  around.requests.clear();
  run();
  BOOST_TEST(counters.processor_in_flight == 0U);
  advance(100ms);
  CHECK_ASKED(*this, {id(1)});
}

BOOST_FIXTURE_TEST_CASE(any_other_answer_is_the_last, begun_processor) {
  for (const auto code : {rejection_code::not_found, rejection_code::insufficient_stock,
                          rejection_code::payment_declined, rejection_code::illegal_transition}) {
    announce_at(id(1), in(0s));
    CHECK_ASKED(*this, {id(1)});
    refuse(code);
    BOOST_TEST(!has_timer());
    CHECK_ASKED(*this, {});
  }
}

BOOST_FIXTURE_TEST_CASE(what_an_order_says_before_its_answer_counts_behind_it, begun_processor) {
  announce_at(id(1), in(0s));
  announce_at(id(1), in(1s));
  advance(2s);
  CHECK_ASKED(*this, {id(1)}); // not a second time while it is under way
  answer_done();
  CHECK_ASKED(*this, {id(1)});
  announce_registered(id(1));
  announce_none(id(1));
  answer_done();
  BOOST_TEST(!has_timer());
  CHECK_ASKED(*this, {});
}

BOOST_FIXTURE_TEST_CASE(what_an_order_says_behind_its_answer_counts, begun_processor) {
  announce_at(id(1), in(0s));
  answer_done();
  announce_at(id(1), in(1s));
  CHECK_ASKED(*this, {});
  advance(1'100ms);
  CHECK_ASKED(*this, {id(1)});
}

BOOST_FIXTURE_TEST_CASE(what_an_order_says_counts_more_than_a_refusal, begun_processor) {
  announce_at(id(1), in(0s));
  announce_at(id(1), in(50s));
  refuse(rejection_code::overloaded);
  advance(49s);
  CHECK_ASKED(*this, {});
  advance(1'100ms);
  CHECK_ASKED(*this, {id(1)});
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::test
