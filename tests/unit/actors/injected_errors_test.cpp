#include "actors/injected_errors.hpp"
#include "config/log.hpp"

#include <boost/test/unit_test.hpp>

#include <vector>

namespace orderd::test {

namespace {

struct quiet_log {
  quiet_log() { log::set_level(log::level::error); }
};

[[nodiscard]] std::vector<bool> decisions(injected_errors& errors, std::size_t count) {
  std::vector<bool> made;
  for (std::size_t i = 0; i < count; ++i)
    made.push_back(errors.strikes("reserve", uuid{}));
  return made;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(injected_errors_of_steps, quiet_log)

BOOST_AUTO_TEST_CASE(without_a_rate_nothing_fails) {
  injected_errors errors{0, 7};
  for (int i = 0; i < 10'000; ++i)
    BOOST_REQUIRE(!errors.strikes("update", uuid{}));
  BOOST_TEST(errors.count("update") == 0U);
}

BOOST_AUTO_TEST_CASE(at_the_full_rate_everything_fails) {
  injected_errors errors{1, 7};
  for (int i = 0; i < 10'000; ++i)
    BOOST_REQUIRE(errors.strikes("reserve", uuid{}));
  BOOST_TEST(errors.count("reserve") == 10'000U);
}

BOOST_AUTO_TEST_CASE(a_seed_decides_the_same_every_time_and_about_as_often_as_the_rate_says) {
  injected_errors errors{0.3, 7};
  injected_errors again{0.3, 7};
  injected_errors other{0.3, 8};
  const auto made = decisions(errors, 10'000);
  BOOST_TEST((made == decisions(again, 10'000)));
  BOOST_TEST((made != decisions(other, 10'000)));
  // Six standard deviations of 46 to either side.
  BOOST_TEST(errors.count("reserve") > 2'725U);
  BOOST_TEST(errors.count("reserve") < 3'275U);
}

BOOST_AUTO_TEST_CASE(each_step_has_a_count_of_its_own) {
  injected_errors errors{1, 7};
  BOOST_TEST(errors.strikes("reserve", uuid{}));
  BOOST_TEST(errors.strikes("update", uuid{}));
  BOOST_TEST(errors.strikes("update", uuid{}));
  BOOST_TEST(errors.count("reserve") == 1U);
  BOOST_TEST(errors.count("update") == 2U);
}

BOOST_AUTO_TEST_CASE(the_seed_nought_stands_for_another_one_each_time) {
  injected_errors errors{0.5, 0};
  injected_errors other{0.5, 0};
  BOOST_TEST((decisions(errors, 200) != decisions(other, 200)));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::test
