#include "config/rate_table.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <thread>
#include <vector>

using namespace orderd;
using namespace std::chrono_literals;

namespace {

const timestamp start{std::chrono::milliseconds{1'780'000'000'000}};

[[nodiscard]] uuid key(std::uint64_t number) {
  uuid made;
  for (std::size_t i = 0; i < 8; ++i)
    made.bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
  return made;
}

[[nodiscard]] int passed(rate_table& table, const uuid& who, timestamp now, int tries = 100) {
  int count = 0;
  for (int i = 0; i < tries; ++i)
    count += table.take(who, now).passes ? 1 : 0;
  return count;
}

} // namespace

BOOST_AUTO_TEST_SUITE(rate_tables)

BOOST_AUTO_TEST_CASE(a_burst_passes_and_then_the_rate) {
  rate_table table({2, 5}, 1'000);
  BOOST_TEST(passed(table, key(1), start) == 5);
  BOOST_TEST(passed(table, key(1), start + 499ms) == 0);
  BOOST_TEST(passed(table, key(1), start + 500ms) == 1);
  BOOST_TEST(passed(table, key(1), start + 1'500ms) == 2);
  BOOST_TEST(passed(table, key(1), start + 60s) == 5);
}

BOOST_AUTO_TEST_CASE(each_caller_has_a_bucket_of_its_own) {
  rate_table table({1, 3}, 1'000);
  BOOST_TEST(passed(table, key(1), start) == 3);
  BOOST_TEST(passed(table, key(2), start) == 3);
  BOOST_TEST(passed(table, key(1), start) == 0);
}

BOOST_AUTO_TEST_CASE(a_caller_is_told_where_it_stands) {
  rate_table table({2, 4}, 1'000);
  const auto first = table.take(key(1), start);
  BOOST_TEST(first.passes);
  BOOST_TEST(first.limit == 4U);
  BOOST_TEST(first.remaining == 3U);
  BOOST_TEST(first.reset_after.count() == 1);
  BOOST_TEST(first.window.count() == 2);
  for (int i = 0; i < 3; ++i)
    BOOST_TEST(table.take(key(1), start).passes);
  const auto last = table.take(key(1), start);
  BOOST_TEST(!last.passes);
  BOOST_TEST(last.remaining == 0U);
  BOOST_TEST(last.reset_after.count() == 2);
}

BOOST_AUTO_TEST_CASE(a_refused_try_costs_nothing) {
  rate_table table({1, 1}, 1'000);
  BOOST_TEST(table.take(key(1), start).passes);
  for (int ms = 0; ms < 1'000; ++ms)
    BOOST_TEST(!table.take(key(1), start + std::chrono::milliseconds{ms}).passes);
  BOOST_TEST(table.take(key(1), start + 1s).passes);
}

BOOST_AUTO_TEST_CASE(a_time_that_steps_back_locks_nobody_out) {
  rate_table table({10, 10}, 1'000);
  BOOST_TEST(passed(table, key(1), start + 3'600s) == 10);
  BOOST_TEST(passed(table, key(1), start + 1s) == 0);
  BOOST_TEST(passed(table, key(1), start + 2s) == 10);
}

BOOST_AUTO_TEST_CASE(many_callers_take_the_places_of_the_idlest_and_never_make_the_limit_stricter) {
  rate_table table({1, 2}, 64);
  for (std::uint64_t n = 0; n < 100'000; ++n)
    BOOST_TEST_REQUIRE(table.take(key(n), start).passes);
  // Who keeps coming keeps its place: newcomers who come once have fuller buckets, and go first.
  BOOST_TEST(passed(table, key(7), start) == 2);
  for (std::uint64_t n = 200'000; n < 201'000; ++n)
    BOOST_TEST_REQUIRE(table.take(key(n), start).passes);
  BOOST_TEST(passed(table, key(7), start) == 0);
}

BOOST_AUTO_TEST_CASE(the_fastest_rate_passes_as_it_says) {
  rate_table table({1'000'000, 10'000'000}, 8);
  BOOST_TEST(passed(table, key(1), start, 1'000) == 1'000);
  BOOST_TEST(table.take(key(1), start).remaining == 10'000'000U - 1'001U);
}

BOOST_AUTO_TEST_CASE(threads_share_one_burst) {
  rate_table table({1, 1'000}, 1'000);
  std::atomic<int> count{0};
  std::vector<std::thread> callers;
  for (int n = 0; n < 4; ++n)
    callers.emplace_back([&] { count += passed(table, key(1), start, 1'000); });
  for (auto& one : callers)
    one.join();
  BOOST_TEST(count.load() == 1'000);
}

BOOST_AUTO_TEST_SUITE_END()
