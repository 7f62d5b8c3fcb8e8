#include "config/circuit_breaker.hpp"

#include <boost/test/unit_test.hpp>

namespace orderd::tests {
namespace {

using namespace std::chrono_literals;

/// A breaker that three failures open, for 50..100 ms at first and at most for 200 ms.
struct watched_breaker {
  circuit_breaker breaker{{3, 100ms, 200ms}, 7};
  circuit_breaker::time_point now{};

  void fail(int times) {
    for (int each = 0; each < times; ++each) {
      const auto ticket = breaker.try_pass(now);
      BOOST_REQUIRE(ticket);
      breaker.failed(*ticket, now);
    }
  }
  [[nodiscard]] bool passes() { return breaker.try_pass(now).has_value(); }
};

} // namespace

BOOST_AUTO_TEST_SUITE(circuit_breaker_rules)

BOOST_FIXTURE_TEST_CASE(only_failures_in_a_row_open_it, watched_breaker) {
  for (int each = 0; each < 10; ++each) {
    fail(2);
    breaker.succeeded(*breaker.try_pass(now));
  }
  BOOST_TEST(!breaker.is_open());
  fail(3);
  BOOST_TEST(breaker.is_open());
  BOOST_TEST(!passes());
}

BOOST_FIXTURE_TEST_CASE(one_try_alone_finds_out_whether_the_service_is_back, watched_breaker) {
  fail(3);
  now += 49ms;
  BOOST_TEST(!passes());
  now += 51ms;
  const auto alone = breaker.try_pass(now);
  BOOST_REQUIRE(alone);
  BOOST_TEST(!passes());
  breaker.succeeded(*alone);
  BOOST_TEST(!breaker.is_open());
  BOOST_TEST(passes());
  BOOST_TEST(passes());
}

BOOST_FIXTURE_TEST_CASE(a_failed_try_keeps_it_open_for_longer_up_to_a_bound, watched_breaker) {
  fail(3);
  now += 100ms;
  fail(1);
  BOOST_TEST(breaker.is_open());
  now += 99ms;
  BOOST_TEST(!passes());
  now += 101ms;
  for (int each = 0; each < 20; ++each) {
    fail(1);
    BOOST_TEST(!passes());
    now += 200ms;
  }
  BOOST_TEST(passes());
}

BOOST_FIXTURE_TEST_CASE(what_began_before_it_opened_changes_nothing_any_more, watched_breaker) {
  const auto early = breaker.try_pass(now);
  fail(3);
  breaker.succeeded(*early);
  BOOST_TEST(breaker.is_open());
  BOOST_TEST(!breaker.failed(*early, now + 1h));
  now += 100ms;
  const auto alone = breaker.try_pass(now);
  BOOST_REQUIRE(alone);
  BOOST_TEST(!breaker.failed(*early, now));
  breaker.succeeded(*alone);
  BOOST_TEST(!breaker.is_open());
}

BOOST_FIXTURE_TEST_CASE(it_says_once_that_it_opened, watched_breaker) {
  fail(2);
  BOOST_TEST(breaker.failed(*breaker.try_pass(now), now));
  now += 100ms;
  BOOST_TEST(!breaker.failed(*breaker.try_pass(now), now));
}

BOOST_FIXTURE_TEST_CASE(a_lone_try_that_never_ends_does_not_keep_it_shut, watched_breaker) {
  fail(3);
  now += 100ms;
  const auto lost = breaker.try_pass(now);
  BOOST_REQUIRE(lost);
  now += 200ms;
  const auto next = breaker.try_pass(now);
  BOOST_REQUIRE(next);
  breaker.succeeded(*lost);
  BOOST_TEST(breaker.is_open());
  breaker.succeeded(*next);
  BOOST_TEST(!breaker.is_open());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::tests
