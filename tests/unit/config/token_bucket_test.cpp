#include "config/token_bucket.hpp"

#include <boost/test/unit_test.hpp>

#include <thread>
#include <vector>

using namespace orderd;
using namespace std::chrono_literals;

namespace {

const timestamp start{std::chrono::milliseconds{1'780'000'000'000}};

/// How many of `tries` at this instant pass.
[[nodiscard]] int passed(token_bucket& bucket, timestamp now, int tries = 100) {
  int count = 0;
  for (int i = 0; i < tries; ++i)
    count += bucket.take(now) ? 1 : 0;
  return count;
}

} // namespace

BOOST_AUTO_TEST_SUITE(token_buckets)

BOOST_AUTO_TEST_CASE(a_full_bucket_lets_one_seconds_worth_pass_at_once) {
  token_bucket bucket(3);
  BOOST_TEST(passed(bucket, start) == 3);
  BOOST_TEST(passed(bucket, start + 333ms) == 0);
  BOOST_TEST(passed(bucket, start + 334ms) == 1);
  BOOST_TEST(passed(bucket, start + 1s) == 2);
  BOOST_TEST(passed(bucket, start + 100s) == 3);
}

BOOST_AUTO_TEST_CASE(in_the_long_run_no_more_pass_than_it_is_refilled_with) {
  token_bucket bucket(10);
  int count = 0;
  for (int ms = 0; ms < 20'000; ++ms)
    count += passed(bucket, start + std::chrono::milliseconds{ms}, 3);
  BOOST_TEST(count <= 10 + 20 * 10);
  BOOST_TEST(count >= 20 * 10);
}

BOOST_AUTO_TEST_CASE(nothing_passes_an_empty_one) {
  token_bucket bucket(0);
  BOOST_TEST(passed(bucket, start) == 0);
  BOOST_TEST(passed(bucket, start + 1h) == 0);
}

BOOST_AUTO_TEST_CASE(time_that_steps_back_costs_a_second_at_most) {
  token_bucket bucket(5);
  BOOST_TEST(passed(bucket, start) == 5);
  BOOST_TEST(passed(bucket, start - 24h) == 0);
  BOOST_TEST(passed(bucket, start - 24h + 1s) == 5);
}

BOOST_AUTO_TEST_CASE(threads_share_it) {
  token_bucket bucket(1'000);
  std::atomic<int> count{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] { count += passed(bucket, start, 1'000); });
  for (auto& each : threads)
    each.join();
  BOOST_TEST(count == 1'000);
}

BOOST_AUTO_TEST_SUITE_END()
