#include "tests/unit/actors/paid_shop.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace orderd::test {

using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_SUITE(order_sagas, paid_shop)

BOOST_AUTO_TEST_CASE(an_order_is_placed_once_its_payment_is_authorized) {
  const auto bought = buy();
  BOOST_CHECK_EQUAL(bought->times, 0);
  BOOST_CHECK_EQUAL(reserved(), 2);
  BOOST_CHECK(call().amount == 200 && call().payer == "ann" && call().order_id == id);
  pay();
  const auto placed = expect<order_ptr>(bought);
  BOOST_CHECK(placed->status == order_status::processed);
  BOOST_CHECK(!is_asked());
}

BOOST_AUTO_TEST_CASE(a_refused_order_at_once_never_existed) {
  for (const auto& [verdict, code] :
       {std::pair{payment_verdict::declined, rejection_code::payment_declined},
        std::pair{payment_verdict::unavailable, rejection_code::payment_unavailable}}) {
    const auto bought = buy();
    answer(payment_op::authorize, verdict);
    CHECK_REFUSED(bought, code);
    BOOST_CHECK(!exists());
    BOOST_CHECK(!is_asked());
    BOOST_CHECK_EQUAL(reserved(), 0);
  }
}

BOOST_AUTO_TEST_CASE(an_undecided_order_at_once_fails_and_all_goes_back) {
  for (const auto verdict : {payment_verdict::unknown, payment_verdict::refused}) {
    const auto bought = buy();
    const auto attempt = call().attempt;
    answer(payment_op::authorize, verdict);
    CHECK_REFUSED(bought, rejection_code::payment_unavailable);
    BOOST_CHECK_EQUAL(reserved(), 0);
    BOOST_CHECK_EQUAL(call().attempt, attempt);
    answer(payment_op::give_back, payment_verdict::done);
    BOOST_CHECK(now()->status == order_status::failed);
    BOOST_CHECK(now()->step == saga_step::none);
    BOOST_CHECK(!engine.has_timer() || !is_asked());
  }
}

BOOST_AUTO_TEST_CASE(an_order_that_nobody_waits_for_is_tried_again_under_the_same_attempt) {
  for (const auto verdict : {payment_verdict::unknown, payment_verdict::unavailable}) {
    expect<order_ptr>(buy(order_status::registered));
    const auto attempt = call().attempt;
    answer(payment_op::authorize, verdict);
    BOOST_CHECK(!is_asked());
    BOOST_CHECK_EQUAL(reserved(), 2);
    engine.advance(5s);
    BOOST_CHECK_EQUAL(call().attempt, attempt);
    answer(payment_op::authorize, payment_verdict::done);
    BOOST_CHECK(now()->status == order_status::processed);
    BOOST_CHECK_EQUAL(now()->delay.rounds, 0U);
    engine.ask(transition(id, order_status::accepted));
    const auto completed = begin(transition(id, order_status::completed));
    answer(payment_op::capture, payment_verdict::done);
    expect<order_ptr>(completed);
  }
}

BOOST_AUTO_TEST_CASE(a_declined_order_that_nobody_waits_for_fails) {
  expect<order_ptr>(buy(order_status::registered));
  answer(payment_op::authorize, payment_verdict::declined);
  BOOST_CHECK(now()->status == order_status::failed);
  BOOST_CHECK_EQUAL(now()->failure.value_or(order_failure{}).code, "payment_declined");
  BOOST_CHECK_EQUAL(reserved(), 0);
  BOOST_CHECK(!is_asked());
}

BOOST_AUTO_TEST_CASE(a_capture_that_stays_open_is_tried_again_until_it_is_done) {
  have_processed();
  engine.ask(transition(id, order_status::accepted));
  const auto completed = begin(transition(id, order_status::completed));
  BOOST_CHECK_EQUAL(call().payee, "runner");
  answer(payment_op::capture, payment_verdict::unknown);
  CHECK_REFUSED(completed, rejection_code::payment_unavailable);
  BOOST_CHECK(now()->status == order_status::accepted);
  engine.advance(5s);
  answer(payment_op::capture, payment_verdict::done);
  BOOST_CHECK(now()->status == order_status::completed);
  BOOST_CHECK_EQUAL(engine.ask<stock_view>(to_stock("A", get_stock{})).levels.on_hand, 8);
  engine.audit();
}

BOOST_AUTO_TEST_CASE(a_retry_of_a_stuck_placement_does_not_end_the_order) {
  have_stuck_placement();
  BOOST_CHECK_EQUAL(stuck(), 1);
  CHECK_REFUSED(retry(bob), rejection_code::not_found);
  CHECK_REFUSED(retry(ann), rejection_code::forbidden);
  for (const auto verdict :
       {payment_verdict::unavailable, payment_verdict::unknown, payment_verdict::refused}) {
    const auto retried = retry();
    answer(payment_op::authorize, verdict);
    BOOST_CHECK(retried->times == 1);
    BOOST_CHECK(now()->status == order_status::registered);
    BOOST_CHECK(now()->step == saga_step::authorizing);
    BOOST_CHECK_EQUAL(reserved(), 2);
  }
  BOOST_CHECK_EQUAL(stuck(), 1);
  const auto healed = retry();
  pay();
  BOOST_CHECK(expect<order_ptr>(healed)->status == order_status::processed);
  BOOST_CHECK_EQUAL(stuck(), 0);
}

BOOST_AUTO_TEST_CASE(a_cancellation_waits_for_the_step_under_way_and_gives_back) {
  expect<order_ptr>(buy(order_status::registered));
  const auto cancelled = begin(transition(id, order_status::cancelled));
  BOOST_CHECK_EQUAL(cancelled->times, 0);
  answer(payment_op::authorize, payment_verdict::done);
  BOOST_CHECK_EQUAL(cancelled->times, 0);
  answer(payment_op::give_back, payment_verdict::done);
  BOOST_CHECK(expect<order_ptr>(cancelled)->status == order_status::cancelled);
  BOOST_CHECK_EQUAL(reserved(), 0);
  engine.audit();
}

BOOST_AUTO_TEST_CASE(a_placement_between_two_rounds_can_be_cancelled_and_what_may_be_held_goes_back) {
  for (const auto verdict :
       {payment_verdict::unavailable, payment_verdict::unknown, payment_verdict::refused}) {
    expect<order_ptr>(buy(order_status::registered));
    answer(payment_op::authorize, verdict);
    const auto cancelled = begin(transition(id, order_status::cancelled));
    BOOST_CHECK_EQUAL(reserved(), 0);
    answer(payment_op::give_back, payment_verdict::done);
    BOOST_CHECK(expect<order_ptr>(cancelled)->status == order_status::cancelled);
    engine.advance(10s);
    BOOST_CHECK(!is_asked());
  }
  BOOST_CHECK_EQUAL(stuck(), 0);
}

BOOST_AUTO_TEST_CASE(money_that_does_not_go_back_keeps_the_order_in_sight) {
  have_processed();
  const auto cancelled = begin(transition(id, order_status::cancelled));
  BOOST_CHECK_EQUAL(reserved(), 0);
  answer(payment_op::give_back, payment_verdict::refused);
  BOOST_CHECK(cancelled->times == 1);
  BOOST_CHECK(now()->status == order_status::cancelled);
  BOOST_CHECK_EQUAL(stuck(), 1);
  const auto healed = retry();
  answer(payment_op::give_back, payment_verdict::done);
  BOOST_CHECK(expect<order_ptr>(healed)->step == saga_step::none);
  BOOST_CHECK_EQUAL(stuck(), 0);
  CHECK_REFUSED(retry(), rejection_code::illegal_transition);
}

BOOST_AUTO_TEST_CASE(stuck_orders_are_counted_once_over_any_restart) {
  have_stuck_placement();
  crash();
  BOOST_CHECK_EQUAL(stuck(), 1);
  engine.advance(10s);
  BOOST_CHECK_EQUAL(stuck(), 1);
  const auto first = id;
  have_stuck_placement();
  BOOST_CHECK_EQUAL(stuck(), 2);
  crash();
  BOOST_CHECK_EQUAL(stuck(), 2);
  id = first;
  const auto healed = retry();
  pay();
  expect<order_ptr>(healed);
  BOOST_CHECK_EQUAL(stuck(), 1);
  crash();
  BOOST_CHECK_EQUAL(stuck(), 1);
}

BOOST_AUTO_TEST_CASE(an_order_that_is_healed_before_the_processor_reads_counts_no_less_than_nothing) {
  have_stuck_placement();
  crash("orderd.processor");
  const auto healed = retry();
  pay();
  expect<order_ptr>(healed);
  BOOST_CHECK_EQUAL(stuck(), 0);
  engine.hold({});
  engine.advance(5s);
  BOOST_CHECK_EQUAL(stuck(), 0);
}

BOOST_AUTO_TEST_CASE(a_request_that_is_sent_again_after_a_restart_waits_for_what_it_began) {
  const auto bought = buy(order_status::processed, 1);
  const auto first = id;
  const auto attempt = call().attempt;
  engine.settle();
  crash();
  const auto again = buy(order_status::processed, 1);
  BOOST_CHECK(call().order_id == first && call().attempt == attempt);
  pay();
  const auto placed = begin(look(first));
  BOOST_CHECK(expect<order_ptr>(placed)->status == order_status::processed);
  BOOST_CHECK(granted(again));
  BOOST_CHECK_EQUAL(reserved(), 2);
  BOOST_CHECK(!exists());
}

BOOST_AUTO_TEST_CASE(a_request_whose_order_was_withdrawn_begins_another_at_once) {
  const auto first = buy(order_status::processed, 1);
  const auto withdrawn = id;
  answer(payment_op::authorize, payment_verdict::unavailable);
  CHECK_REFUSED(first, rejection_code::payment_unavailable);
  const auto again = buy(order_status::processed, 1);
  // It was not looked for under the id of the first, which nothing is known of any more.
  BOOST_CHECK(call().order_id == id && id != withdrawn);
  pay();
  BOOST_CHECK(expect<order_ptr>(again)->id == id);
}

BOOST_AUTO_TEST_CASE(a_request_whose_order_came_to_nothing_is_executed_anew_under_its_key) {
  const auto first = buy(order_status::processed, 1);
  const auto failed = id;
  answer(payment_op::authorize, payment_verdict::unknown);
  CHECK_REFUSED(first, rejection_code::payment_unavailable);
  // While its money is on the way back, nothing new is begun.
  const auto early = buy(order_status::processed, 1);
  BOOST_CHECK(call().op == payment_op::give_back);
  answer(payment_op::give_back, payment_verdict::done);
  BOOST_CHECK(call().order_id != failed);
  id = call().order_id;
  pay();
  BOOST_CHECK(expect<order_ptr>(early)->id == id);
  BOOST_CHECK_EQUAL(reserved(), 2);
  const auto replayed =
      engine.ask<request_record_ptr>(keyed(creation(engine.fresh_uuid(), {line_of("A", 2)}), 1));
  BOOST_CHECK(replayed->subject == id || replayed->body.find(to_string(id)) == 0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::test
