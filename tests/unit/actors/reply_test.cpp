#include "tests/unit/actors/sample_requests.hpp"

#include <atomic>

namespace orderd::test {

BOOST_AUTO_TEST_SUITE(reply)

BOOST_AUTO_TEST_CASE(a_token_answers_once_and_is_empty_then) {
  const auto slot = std::make_shared<recorded_answer>();
  auto token = make_token(slot);
  BOOST_CHECK(token);
  token.answer(order_ptr{});
  token.answer(rejection{});
  BOOST_CHECK(!token);
  token = {};
  expect<order_ptr>(slot);
}

BOOST_AUTO_TEST_CASE(a_dropped_token_answers_overloaded) {
  const auto slot = std::make_shared<recorded_answer>();
  { const auto token = make_token(slot); }
  CHECK_REFUSED(slot, rejection_code::overloaded);
}

BOOST_AUTO_TEST_CASE(a_token_that_is_overwritten_answers_overloaded) {
  const auto first = std::make_shared<recorded_answer>();
  const auto second = std::make_shared<recorded_answer>();
  auto token = make_token(first);
  token = make_token(second);
  CHECK_REFUSED(first, rejection_code::overloaded);
  BOOST_CHECK_EQUAL(second->times, 0);
}

BOOST_AUTO_TEST_CASE(a_moved_token_takes_the_right_to_answer_with_it) {
  const auto slot = std::make_shared<recorded_answer>();
  auto token = make_token(slot);
  {
    reply_token other{std::move(token)};
    BOOST_CHECK(!token);
    token = std::move(other);
  }
  BOOST_CHECK_EQUAL(slot->times, 0);
  token.answer(order_ptr{});
  expect<order_ptr>(slot);
}

BOOST_AUTO_TEST_CASE(a_tracked_token_counts_its_request_until_the_answer) {
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> bytes{0};
  auto answered = make_token(std::make_shared<recorded_answer>());
  auto dropped = std::make_unique<reply_token>(make_token(std::make_shared<recorded_answer>()));
  answered.track({&requests, &bytes, 100});
  dropped->track({&requests, &bytes, 20});
  const auto moved = std::make_unique<reply_token>(std::move(*dropped));
  dropped.reset();
  BOOST_CHECK_EQUAL(requests, 2U);
  BOOST_CHECK_EQUAL(bytes, 120U);
  answered.answer(rejection{});
  BOOST_CHECK_EQUAL(requests, 1U);
  BOOST_CHECK_EQUAL(bytes, 20U);
  *moved = {};
  BOOST_CHECK_EQUAL(requests, 0U);
  BOOST_CHECK_EQUAL(bytes, 0U);
}

BOOST_AUTO_TEST_CASE(an_empty_token_may_be_copied_as_empty_messages_are) {
  const reply_token none;
  const reply_token copy{none};
  BOOST_CHECK(!copy);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::test
