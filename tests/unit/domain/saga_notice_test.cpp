#include "domain/saga_rules.hpp"
#include "tests/support/order_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace orderd;
using namespace orderd::test;
using course = notice_course;

namespace {

/// Alice's registered order whose payment is being authorized by `keeper`.
[[nodiscard]] order paid_by(payment_keeper keeper) {
  auto state = order_in(order_status::registered);
  evolve(state, reserved_event(state, {reserved_line("A", 2, 250, 101), reserved_line("B", 1, 100, 102)},
                               refusal_outcome::fail, chief, after_s(2), keeper));
  return state;
}

void do_step(order& state) { evolve(state, step_done(state, false, std::nullopt, chief, after_s(3))); }

void check(const order& state, notice_course authorized, notice_course failed, notice_course refunded) {
  const std::pair<noticed_payment, course> all[] = {{noticed_payment::authorized, authorized},
                                                    {noticed_payment::failed, failed},
                                                    {noticed_payment::refunded, refunded}};
  for (const auto& [finding, expected] : all) {
    BOOST_TEST_CONTEXT(to_text(finding) << " in step " << to_text(state.step)) {
      BOOST_TEST((decide_notice(state, {finding, std::nullopt, {}}).value() == expected));
      BOOST_TEST((decide_notice(state, {finding, state.attempt, {}}).value() == expected));
      BOOST_TEST((decide_notice(state, {finding, state.attempt - 1, {}}).value() == course::none));
      const auto unknown = decide_notice(state, {finding, state.attempt + 1, {}});
      BOOST_TEST_REQUIRE(!unknown.has_value());
      BOOST_TEST((unknown.error().code == rejection_code::invalid_field));
    }
  }
}

} // namespace

BOOST_AUTO_TEST_SUITE(saga_notices)

BOOST_AUTO_TEST_CASE(a_notice_counts_in_the_steps_that_it_decides) {
  auto state = paid_by(payment_keeper::service);
  check(state, course::step_done, course::declined, course::abandons);
  do_step(state);
  check(state, course::none, course::conflicts, course::abandons);
  do_step(state);
  BOOST_TEST((state.status == order_status::processed));
  check(state, course::none, course::conflicts, course::cancels);
  evolve(state, refunded_event(state, "", after_s(4)));
  BOOST_TEST((state.status == order_status::cancelled));
  check(state, course::none, course::none, course::step_done);
  do_step(state);
  BOOST_TEST((state.payment == payment_status::refunded));
  check(state, course::none, course::none, course::none);
}

BOOST_AUTO_TEST_CASE(a_refund_does_not_call_off_what_has_left) {
  auto state = paid_by(payment_keeper::service);
  do_step(state);
  do_step(state);
  state.status = order_status::accepted;
  state.step = saga_step::capturing;
  check(state, course::none, course::conflicts, course::conflicts);
}

BOOST_AUTO_TEST_CASE(a_notice_names_the_attempt_where_there_may_have_been_several) {
  auto state = paid_by(payment_keeper::service);
  state.attempt = 5;
  const auto refused = decide_notice(state, {noticed_payment::authorized, std::nullopt, {}});
  BOOST_TEST_REQUIRE(!refused.has_value());
  BOOST_TEST((refused.error().code == rejection_code::invalid_field));
  BOOST_TEST(refused.error().detail.find("attempt is missing") == 0U);
  BOOST_TEST((decide_notice(state, {noticed_payment::authorized, 5, {}}).value() == course::step_done));
  BOOST_TEST((decide_notice(state, {noticed_payment::authorized, 2, {}}).value() == course::none));
}

BOOST_AUTO_TEST_CASE(an_authorization_after_a_refusal_does_not_fit) {
  auto state = paid_by(payment_keeper::service);
  for (const auto& e : refused_events(state, {"payment_declined", "too little"}, chief, after_s(3)))
    evolve(state, e);
  check(state, course::conflicts, course::none, course::none);
}

BOOST_AUTO_TEST_CASE(the_service_has_no_part_in_what_the_ledger_or_nobody_keeps) {
  const payment_notice notice{noticed_payment::authorized, std::nullopt, {}};
  const auto kept = decide_notice(paid_by(payment_keeper::ledger), notice);
  BOOST_TEST_REQUIRE(!kept.has_value());
  BOOST_TEST((kept.error().code == rejection_code::illegal_transition));
  BOOST_TEST(kept.error().detail.find("with the ledger") != std::string::npos);
  BOOST_TEST(!decide_notice(order_in(order_status::draft), notice).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
