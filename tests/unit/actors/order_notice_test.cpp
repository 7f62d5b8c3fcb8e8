#include "tests/unit/actors/paid_shop.hpp"

namespace orderd::test {

using namespace std::chrono_literals;

namespace {

struct noticed_shop : paid_shop {
  [[nodiscard]] answer_slot tell(noticed_payment finding, unsigned key = 7,
                                 std::optional<std::uint64_t> attempt = {}) {
    order_request notice{id, the_engine(), {}, payment_notice{finding, attempt, "the bank said so"}, {}};
    auto ticket = *ticket_of(key, 1);
    ticket.unknown_passes = true;
    notice.reply.set_ticket(std::make_shared<const request_ticket>(std::move(ticket)));
    return begin(std::move(notice));
  }
  /// The notice has the effect, or none, and is remembered.
  order_ptr tell_well(noticed_payment finding, unsigned key = 7) {
    const auto said = expect<order_ptr>(tell(finding, key));
    BOOST_CHECK(std::holds_alternative<request_record_ptr>(*tell(finding, key)->value));
    return said;
  }
  [[nodiscard]] std::uint64_t conflicts() { return engine.counters().payment_conflicts; }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(order_notices, noticed_shop)

BOOST_AUTO_TEST_CASE(an_authorization_is_heard_while_the_service_still_thinks) {
  const auto bought = buy();
  BOOST_CHECK(tell_well(noticed_payment::authorized)->status == order_status::processed);
  BOOST_CHECK(expect<order_ptr>(bought)->status == order_status::processed);
  // The late answer, whatever it is, changes nothing.
  answer(payment_op::authorize, payment_verdict::declined);
  BOOST_CHECK(now()->status == order_status::processed);
  BOOST_CHECK_EQUAL(reserved(), 2);
  engine.audit();
}

BOOST_AUTO_TEST_CASE(an_authorization_ends_the_wait_for_the_next_round) {
  have_stuck_placement();
  BOOST_CHECK(tell_well(noticed_payment::authorized)->status == order_status::processed);
  BOOST_CHECK_EQUAL(stuck(), 0);
  BOOST_CHECK(!is_asked());
}

BOOST_AUTO_TEST_CASE(a_failure_waits_for_the_call_under_way) {
  const auto bought = buy();
  const auto told = tell(noticed_payment::failed);
  BOOST_CHECK_EQUAL(told->times, 0);
  answer(payment_op::authorize, payment_verdict::declined);
  CHECK_REFUSED(bought, rejection_code::payment_declined);
  BOOST_CHECK(granted(told));
  BOOST_CHECK(!exists());
  BOOST_CHECK_EQUAL(reserved(), 0);
  BOOST_CHECK(!is_asked());
}

BOOST_AUTO_TEST_CASE(a_hold_that_the_service_names_after_a_failure_is_not_forgotten) {
  const auto bought = buy();
  const auto told = tell(noticed_payment::failed);
  pay();
  BOOST_CHECK(granted(bought) && granted(told));
  BOOST_CHECK(now()->payment == payment_status::authorized);
  BOOST_CHECK_EQUAL(conflicts(), 1U);
  const auto cancelled = begin(transition(id, order_status::cancelled));
  answer(payment_op::give_back, payment_verdict::done);
  BOOST_CHECK(granted(cancelled));
  BOOST_CHECK_EQUAL(reserved(), 0);
  engine.audit();
}

BOOST_AUTO_TEST_CASE(a_failure_ends_a_call_of_which_nobody_knows_more) {
  expect<order_ptr>(buy(order_status::registered));
  const auto told = tell(noticed_payment::failed);
  BOOST_CHECK_EQUAL(told->times, 0);
  answer(payment_op::authorize, payment_verdict::unknown);
  BOOST_CHECK(granted(told));
  BOOST_CHECK(now()->status == order_status::failed);
  BOOST_CHECK_EQUAL(reserved(), 0);
  BOOST_CHECK(!is_asked());
}

BOOST_AUTO_TEST_CASE(an_authorization_after_a_failure_is_counted_for_somebody_to_look) {
  have_stuck_placement();
  tell_well(noticed_payment::failed, 1);
  tell_well(noticed_payment::authorized, 2);
  BOOST_CHECK(now()->status == order_status::failed);
  BOOST_CHECK_EQUAL(conflicts(), 1U);
}

BOOST_AUTO_TEST_CASE(a_refund_while_the_money_is_taken_frees_no_units) {
  have_processed();
  engine.ask(transition(id, order_status::accepted));
  const auto completed = begin(transition(id, order_status::completed));
  BOOST_CHECK(call().op == payment_op::capture);
  BOOST_CHECK(tell_well(noticed_payment::refunded)->step == saga_step::capturing);
  BOOST_CHECK_EQUAL(reserved(), 2);
  BOOST_CHECK_EQUAL(conflicts(), 1U);
  answer(payment_op::capture, payment_verdict::done);
  BOOST_CHECK(expect<order_ptr>(completed)->status == order_status::completed);
  engine.audit();
}

BOOST_AUTO_TEST_CASE(a_failure_ends_an_order_that_nobody_waits_for) {
  have_stuck_placement();
  const auto failed = tell_well(noticed_payment::failed);
  BOOST_CHECK(failed->status == order_status::failed);
  BOOST_CHECK_EQUAL(failed->failure.value_or(order_failure{}).code, "payment_declined");
  BOOST_CHECK_EQUAL(failed->failure.value_or(order_failure{}).detail, "the bank said so");
  BOOST_CHECK_EQUAL(reserved(), 0);
  engine.audit();
}

BOOST_AUTO_TEST_CASE(a_refund_calls_the_order_off_and_has_the_service_confirm_it) {
  for (const bool accepted : {false, true}) {
    have_processed();
    if (accepted)
      engine.ask(transition(id, order_status::accepted));
    const auto key = accepted ? 8U : 7U;
    BOOST_CHECK(tell_well(noticed_payment::refunded, key)->status == order_status::cancelled);
    BOOST_CHECK_EQUAL(reserved(), 0);
    answer(payment_op::give_back, payment_verdict::done);
    BOOST_CHECK(now()->payment == payment_status::refunded);
    BOOST_CHECK(now()->step == saga_step::none);
  }
  engine.audit();
}

BOOST_AUTO_TEST_CASE(a_refund_is_the_return_that_was_asked_for) {
  have_processed();
  const auto cancelled = begin(transition(id, order_status::cancelled));
  BOOST_CHECK(call().op == payment_op::give_back);
  BOOST_CHECK(tell_well(noticed_payment::refunded)->payment == payment_status::refunded);
  BOOST_CHECK(expect<order_ptr>(cancelled)->status == order_status::cancelled);
  answer(payment_op::give_back, payment_verdict::refused);
  BOOST_CHECK(now()->step == saga_step::none);
}

BOOST_AUTO_TEST_CASE(a_refund_waits_for_the_call_under_way) {
  const auto bought = buy();
  const auto told = tell(noticed_payment::refunded);
  BOOST_CHECK_EQUAL(told->times, 0);
  pay();
  BOOST_CHECK(granted(bought) && granted(told));
  BOOST_CHECK(now()->status == order_status::cancelled);
  answer(payment_op::give_back, payment_verdict::done);
  BOOST_CHECK_EQUAL(reserved(), 0);
  engine.audit();
}

BOOST_AUTO_TEST_CASE(a_refund_of_a_placement_between_two_rounds_ends_it) {
  have_stuck_placement();
  tell_well(noticed_payment::refunded);
  BOOST_CHECK(now()->status == order_status::failed);
  answer(payment_op::give_back, payment_verdict::done);
  BOOST_CHECK_EQUAL(reserved(), 0);
  engine.audit();
}

BOOST_AUTO_TEST_CASE(what_is_known_already_changes_nothing) {
  have_processed();
  const auto version = now()->version;
  BOOST_CHECK_EQUAL(tell_well(noticed_payment::authorized, 1)->version, version);
  BOOST_CHECK_EQUAL(tell_well(noticed_payment::failed, 2)->version, version);
  engine.ask(transition(id, order_status::accepted));
  const auto completed = begin(transition(id, order_status::completed));
  answer(payment_op::capture, payment_verdict::done);
  const auto last = expect<order_ptr>(completed)->version;
  BOOST_CHECK_EQUAL(tell_well(noticed_payment::refunded, 3)->version, last);
  BOOST_CHECK_EQUAL(tell_well(noticed_payment::authorized, 4)->version, last);
}

BOOST_AUTO_TEST_CASE(a_notice_of_an_unknown_order_is_not_remembered) {
  id = engine.fresh_uuid();
  CHECK_REFUSED(tell(noticed_payment::authorized), rejection_code::not_found);
  BOOST_CHECK(records_in(engine).empty());
  const auto bought = begin(creation(id, {line_of("A", 2)}));
  BOOST_CHECK(granted(tell(noticed_payment::authorized)));
  BOOST_CHECK(granted(bought));
}

BOOST_AUTO_TEST_CASE(a_notice_is_refused_where_the_service_has_no_part) {
  expect<order_ptr>(buy(order_status::draft));
  CHECK_REFUSED(tell(noticed_payment::authorized, 1), rejection_code::illegal_transition);
  have_processed();
  CHECK_REFUSED(tell(noticed_payment::refunded, 2, now()->attempt + 1), rejection_code::invalid_field);
}

BOOST_AUTO_TEST_CASE(a_notice_takes_effect_once_over_a_crash_wherever_it_had_got_to) {
  for (int messages = 0; messages < 30; ++messages) {
    have_stuck_placement();
    const auto key = 100U + static_cast<unsigned>(messages);
    order_request notice{id, the_engine(), {}, payment_notice{noticed_payment::authorized, {}, {}}, {}};
    static_cast<void>(engine.submit(keyed(std::move(notice), key)));
    engine.run_some(static_cast<std::size_t>(messages));
    crash("orderd.processor");
    order_request again{id, the_engine(), {}, payment_notice{noticed_payment::authorized, {}, {}}, {}};
    BOOST_CHECK(granted(begin(keyed(std::move(again), key))));
    engine.hold({});
    engine.run();
    BOOST_CHECK(now()->status == order_status::processed);
    const auto cancelled = begin(transition(id, order_status::cancelled));
    answer(payment_op::give_back, payment_verdict::done);
    expect<order_ptr>(cancelled);
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::test
