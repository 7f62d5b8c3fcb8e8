#include "config/clock.hpp"
#include "tests/support/manual_clock.hpp"

#include <boost/test/unit_test.hpp>

#include <thread>

namespace orderd::tests {

BOOST_AUTO_TEST_SUITE(clocks)

BOOST_AUTO_TEST_CASE(the_system_clock_tells_utc_rounded_down_to_milliseconds) {
  using std::chrono::system_clock;
  const auto before = std::chrono::floor<std::chrono::milliseconds>(system_clock::now());
  const timestamp read = system_clock_port{}.now();
  const auto after = system_clock::now();
  BOOST_TEST((before <= read));
  BOOST_TEST((read <= after));
}

BOOST_AUTO_TEST_CASE(a_manual_clock_stands_still_until_it_is_moved) {
  using namespace std::chrono_literals;
  manual_clock clock(timestamp{5s});
  const clock_port& seen = clock;
  BOOST_TEST((seen.now() == timestamp{5000ms}));
  clock.advance(250ms);
  BOOST_TEST((seen.now() == timestamp{5250ms}));
  clock.advance(-1s);
  BOOST_TEST((seen.now() == timestamp{4250ms}));
  clock.set(timestamp{1ms});
  BOOST_TEST((seen.now() == timestamp{1ms}));
}

BOOST_AUTO_TEST_CASE(no_move_of_a_manual_clock_is_lost_between_threads) {
  using namespace std::chrono_literals;
  manual_clock clock(timestamp{0ms});
  const auto move = [&clock] {
    for (int step = 0; step < 10'000; ++step)
      clock.advance(1ms);
  };
  std::thread other(move);
  move();
  other.join();
  BOOST_TEST((clock.now() == timestamp{20'000ms}));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::tests
