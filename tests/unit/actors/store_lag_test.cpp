#include "actors/store_lag.hpp"

#include <boost/test/unit_test.hpp>

namespace orderd::test {

using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(store_lags)

BOOST_AUTO_TEST_CASE(a_store_that_has_everything_is_not_behind) {
  store_lag lag;
  const store_lag::time_point start{};
  BOOST_TEST((lag.behind(0, start) == 0ns));
  lag.synced(5, 0, start);
  BOOST_TEST((lag.behind(5, start + 1h) == 0ns));
  BOOST_TEST((lag.behind(6, start + 1h) == 0ns), "the store may be read later than the journal");
}

BOOST_AUTO_TEST_CASE(the_oldest_event_that_the_store_lacks_counts) {
  store_lag lag;
  const store_lag::time_point start{};
  lag.synced(5, 0, start);
  lag.synced(9, 0, start + 2s);
  lag.synced(10, 0, start + 4s);
  for (const std::uint64_t applied : {0U, 1U, 4U})
    BOOST_TEST((lag.behind(applied, start + 10s) == 10s));
  for (const std::uint64_t applied : {5U, 8U})
    BOOST_TEST((lag.behind(applied, start + 10s) == 8s));
  BOOST_TEST((lag.behind(9, start + 10s) == 6s));
  BOOST_TEST((lag.behind(10, start + 10s) == 0s));
  BOOST_TEST((lag.behind(9, start) == 0s), "no event is younger than nothing");
}

BOOST_AUTO_TEST_CASE(an_idle_hour_between_two_syncs_counts_for_neither) {
  store_lag lag;
  store_lag::time_point now{};
  std::uint64_t seq = 0;
  // So often that room has to be made many times.
  for (int hour = 0; hour < 2'000; ++hour) {
    now += 1h;
    ++seq;
    lag.synced(seq, seq - 1, now);
    BOOST_REQUIRE((lag.behind(seq - 1, now + 1s) == 1s));
    BOOST_REQUIRE((lag.behind(seq, now + 1s) == 0s));
  }
}

BOOST_AUTO_TEST_CASE(a_store_that_is_away_for_long_falls_behind_all_the_time) {
  store_lag lag;
  store_lag::time_point now{};
  std::uint64_t seq = 1;
  lag.synced(seq, 0, now);
  for (int i = 1; i <= 20'000; ++i) {
    now += 1s;
    lag.synced(++seq, 0, now);
    BOOST_REQUIRE((lag.behind(0, now) == std::chrono::seconds{i}));
  }
  // Back again, it has the oldest first. Event n became durable in second n - 1: what is told may be too
  // much, by the coarse steps of old memories, but never too little.
  for (std::uint64_t applied = 0; applied < seq; ++applied) {
    const auto age = now - (store_lag::time_point{} + std::chrono::seconds{applied});
    const auto told = lag.behind(applied, now);
    BOOST_REQUIRE((told >= age));
    BOOST_REQUIRE((told <= age + 20'000s / 64));
  }
  BOOST_TEST((lag.behind(seq, now) == 0s));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::test
