#include "actors/hot_skus.hpp"
#include "tests/support/seed.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

namespace orderd::test {

using namespace std::chrono_literals;

namespace {

using time_point = hot_sku_sketch::time_point;

constexpr auto m = static_cast<double>(hot_sku_sketch::places);

/// A sketch, and beside it a count of each SKU that forgets nothing and fades at once.
struct counted_both_ways {
  void note(const std::string& sku, bool refused = false, std::chrono::nanoseconds waited = 0ns) {
    auto [finder, is_new] = finders.try_emplace(sku, sku);
    sketch.note(finder->second, sku, now, waited);
    if (refused)
      sketch.note_refusal(finder->second, sku);
    const auto weight =
        std::exp2(std::chrono::duration<double>(now - time_point{}) / hot_sku_sketch::half_life);
    exact[sku] += weight;
    total += weight;
  }

  [[nodiscard]] std::vector<hot_sku> shown() const {
    std::vector<hot_sku> all;
    sketch.append_to(all, now);
    return all;
  }
  [[nodiscard]] double faded() const {
    return std::exp2(-std::chrono::duration<double>(now - time_point{}) / hot_sku_sketch::half_life);
  }

  /// What the header promises, for every SKU that there is. `slack`: of the steps in time.
  void check_bound(double slack = 0) const {
    const double error_max = total * faded() / m;
    std::map<std::string, double> told;
    for (const auto& each : shown())
      BOOST_TEST(told.emplace(each.sku, each.requests).second, each.sku << " is told twice");
    for (const auto& [sku, count] : exact) {
      const double had = count * faded();
      const auto found = told.find(sku);
      const double said = found == told.end() ? 0 : found->second;
      BOOST_TEST(said <= had * (1 + slack) + 1e-6, sku << " had " << had << ", told " << said);
      // What stands for less than half a request is not told.
      BOOST_TEST(said >= had * (1 - slack) - error_max - 0.5, sku << " had " << had << ", told " << said);
    }
  }

  hot_sku_sketch sketch;
  time_point now{};
  std::unordered_map<std::string, hot_sku_sketch::finder> finders;
  std::unordered_map<std::string, double> exact;
  double total = 0;
};

[[nodiscard]] std::mt19937_64 printed_random() {
  const auto seed = seeds(1).front();
  std::cout << "ORDERD_TEST_SEED=" << seed << '\n';
  return std::mt19937_64{seed};
}

[[nodiscard]] std::string sku_of(std::size_t number) { return "SKU-" + std::to_string(number); }

/// Numbers from 0 on, each `exponent` rarer than the one before, as sales are.
class zipf {
 public:
  zipf(std::size_t count, double exponent) {
    std::vector<double> weights;
    for (std::size_t i = 1; i <= count; ++i)
      weights.push_back(std::pow(static_cast<double>(i), -exponent));
    drawn_ = std::discrete_distribution<std::size_t>(weights.begin(), weights.end());
  }
  [[nodiscard]] std::size_t operator()(std::mt19937_64& random) { return drawn_(random); }

 private:
  std::discrete_distribution<std::size_t> drawn_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(hot_skus)

BOOST_AUTO_TEST_CASE(a_skewed_stream_is_told_within_the_bound) {
  auto random = printed_random();
  for (const double exponent : {0.8, 1.1, 1.5}) {
    counted_both_ways both;
    zipf next{10'000, exponent};
    for (int i = 0; i < 100'000; ++i)
      both.note(sku_of(next(random)));
    both.check_bound();
  }
}

BOOST_AUTO_TEST_CASE(a_skewed_stream_that_fades_is_told_within_the_bound) {
  auto random = printed_random();
  counted_both_ways both;
  zipf next{2'000, 1.1};
  // Over 20 half-lives, with pauses, and with another order of popularity in the second half.
  for (int i = 0; i < 60'000; ++i) {
    both.now += std::chrono::milliseconds{random() % 20};
    if (random() % 10'000 == 0)
      both.now += 40s;
    const auto drawn = next(random);
    both.note(sku_of(i < 30'000 ? drawn : 2'000 - drawn));
  }
  both.check_bound(0.003);
  std::vector<hot_sku> all = both.shown();
  BOOST_TEST(std::max_element(all.begin(), all.end(), [](const auto& a, const auto& b) {
               return a.requests < b.requests;
             })->sku == sku_of(2'000));
}

BOOST_AUTO_TEST_CASE(streams_made_to_deceive_are_told_within_the_bound) {
  auto random = printed_random();
  { // One more than there are places, in turn: every request takes the place of another.
    counted_both_ways both;
    for (std::size_t i = 0; i < 50'000; ++i)
      both.note(sku_of(i % (hot_sku_sketch::places + 1)));
    both.check_bound();
  }
  { // None twice.
    counted_both_ways both;
    for (std::size_t i = 0; i < 20'000; ++i)
      both.note(sku_of(i));
    both.check_bound();
  }
  { // Many that were busy first, then one among ever new ones.
    counted_both_ways both;
    for (std::size_t i = 0; i < 20'000; ++i)
      both.note(sku_of(random() % 200));
    for (std::size_t i = 0; i < 40'000; ++i)
      both.note(i % 8 == 0 ? "hot" : sku_of(1'000 + i));
    both.check_bound();
    std::vector<hot_sku> all = both.shown();
    BOOST_TEST(std::any_of(all.begin(), all.end(), [](const auto& each) { return each.sku == "hot"; }));
  }
  { // One that comes only when its place has just been taken.
    counted_both_ways both;
    for (std::size_t i = 0; i < 1'000; ++i) {
      both.note("shy");
      for (std::size_t j = 0; j < 2 * hot_sku_sketch::places; ++j)
        both.note(sku_of(i * 1'000 + j));
    }
    both.check_bound();
  }
}

BOOST_AUTO_TEST_CASE(what_was_hot_yesterday_is_not_told_today) {
  counted_both_ways both;
  for (int i = 0; i < 1'000; ++i)
    both.note("sale", true);
  BOOST_REQUIRE_EQUAL(both.shown().size(), 1U);
  BOOST_CHECK_CLOSE(both.shown()[0].requests, 1'000, 0.01);
  both.now += hot_sku_sketch::half_life;
  BOOST_CHECK_CLOSE(both.shown()[0].requests, 500, 0.01);
  BOOST_CHECK_CLOSE(both.shown()[0].refusals, 500, 0.01);
  both.note("sale");
  BOOST_CHECK_CLOSE(both.shown()[0].requests, 501, 0.01);
  both.now += 24h;
  BOOST_TEST(both.shown().empty());
  both.note("today");
  BOOST_REQUIRE_EQUAL(both.shown().size(), 1U);
  BOOST_TEST(both.shown()[0].sku == "today");
  // However long it was left alone.
  both.now += 24h * 10'000;
  both.note("later");
  BOOST_REQUIRE_EQUAL(both.shown().size(), 1U);
  BOOST_CHECK_CLOSE(both.shown()[0].requests, 1, 0.01);
}

BOOST_AUTO_TEST_CASE(refusals_and_waits_are_those_of_the_item) {
  counted_both_ways both;
  // 100 a second for two minutes, each of which waits for 50 ms: five wait at a time.
  for (int i = 0; i < 12'000; ++i) {
    both.now += 10ms;
    both.note("sale", i % 4 == 0, 50ms);
    if (i % 10 == 0)
      both.note("other", false, 1ms);
  }
  auto all = both.shown();
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.requests > b.requests; });
  BOOST_REQUIRE_EQUAL(all.size(), 2U);
  BOOST_TEST(all[0].sku == "sale");
  BOOST_CHECK_CLOSE(all[0].refusals, all[0].requests / 4, 2);
  BOOST_CHECK_CLOSE(all[0].wait_seconds, 0.05, 0.01);
  BOOST_CHECK_CLOSE(all[0].waiting, 5, 2);
  BOOST_TEST(all[1].refusals == 0);
  BOOST_CHECK_CLOSE(all[1].wait_seconds, 0.001, 0.01);
}

BOOST_AUTO_TEST_CASE(a_clock_reading_from_before_the_last_one_spoils_nothing) {
  counted_both_ways both;
  both.now += 10s;
  both.note("sale", false, -5ms);
  both.now -= 5s;
  both.note("sale");
  BOOST_REQUIRE_EQUAL(both.shown().size(), 1U);
  BOOST_CHECK_CLOSE(both.shown()[0].requests, 2, 0.01);
  BOOST_TEST(both.shown()[0].wait_seconds == 0);
}

BOOST_AUTO_TEST_CASE(the_hottest_of_all_sketches_come_first) {
  std::vector<std::unique_ptr<hot_sku_sketch>> sketches;
  const time_point now{};
  for (std::size_t i = 0; i < 3; ++i) {
    auto& sketch = *sketches.emplace_back(std::make_unique<hot_sku_sketch>());
    for (std::size_t j = 0; j < 4; ++j) {
      hot_sku_sketch::finder finder{sku_of(10 * i + j)};
      for (std::size_t times = 0; times <= 3 * j + i; ++times)
        sketch.note(finder, sku_of(10 * i + j), now, 0ns);
    }
  }
  const auto first = hottest(sketches, 4, now);
  BOOST_REQUIRE_EQUAL(first.size(), 4U);
  BOOST_TEST(first[0].sku == "SKU-23");
  BOOST_TEST(first[1].sku == "SKU-13");
  BOOST_TEST(first[2].sku == "SKU-3");
  BOOST_TEST(first[3].sku == "SKU-22");
  BOOST_TEST(hottest(sketches, 100, now).size() == 12U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::test
