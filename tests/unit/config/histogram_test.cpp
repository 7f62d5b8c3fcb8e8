#include "config/histogram.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <limits>
#include <thread>
#include <vector>

namespace orderd::tests {
namespace {

constexpr std::array bounds = {1.0, 2.0, 4.0};
using counts = std::vector<std::uint64_t>;

} // namespace

BOOST_AUTO_TEST_SUITE(histograms)

BOOST_AUTO_TEST_CASE(a_value_counts_below_the_first_bound_that_it_does_not_pass) {
  histogram sizes(bounds);
  for (const double value : {0.0, 1.0, 1.5, 2.0, 3.0, 4.0, 4.5, 100.0})
    sizes.observe(value);
  const auto taken = sizes.snapshot();
  BOOST_TEST(taken.bounds == std::vector<double>(bounds.begin(), bounds.end()));
  BOOST_TEST(taken.counts == (counts{2, 2, 2, 2}));
  BOOST_TEST(taken.sum == 116.0);
  BOOST_TEST(taken.total() == 8U);
}

BOOST_AUTO_TEST_CASE(what_is_no_time_counts_as_none) {
  histogram times(bounds);
  times.observe(-3);
  times.observe(std::numeric_limits<double>::quiet_NaN());
  BOOST_TEST(times.snapshot().counts == (counts{2, 0, 0, 0}));
  BOOST_TEST(times.snapshot().sum == 0.0);
}

BOOST_AUTO_TEST_CASE(without_bounds_everything_is_in_one_place) {
  histogram all(std::span<const double>{});
  all.observe(5);
  BOOST_TEST(all.snapshot().counts == (counts{1}));
}

BOOST_AUTO_TEST_CASE(no_value_is_lost_between_threads) {
  histogram shared(bounds);
  constexpr std::uint64_t each = 50'000;
  std::vector<std::thread> observers;
  for (int n = 0; n < 4; ++n)
    observers.emplace_back([&] {
      for (std::uint64_t i = 0; i < each; ++i)
        shared.observe(static_cast<double>(i % 4) + 0.5);
    });
  for (auto& one : observers)
    one.join();
  BOOST_TEST(shared.snapshot().counts == (counts{each, each, 2 * each, 0}));
  BOOST_TEST(shared.snapshot().sum == 4.0 * (each / 4) * (0.5 + 1.5 + 2.5 + 3.5));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::tests
