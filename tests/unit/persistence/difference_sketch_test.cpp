#include "persistence/difference_sketch.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

namespace orderd::test {
namespace {

difference_sketch::item random_item(std::mt19937_64& random) {
  difference_sketch::item made{};
  for (auto& word : made)
    word = random();
  return made;
}

} // namespace

BOOST_AUTO_TEST_SUITE(difference_sketches)

BOOST_AUTO_TEST_CASE(what_only_one_side_has_is_told_however_much_both_have) {
  std::mt19937_64 random{3};
  difference_sketch sketch{random()};
  std::vector<difference_sketch::item> common;
  for (int i = 0; i < 200'000; ++i) {
    const auto each = random_item(random);
    sketch.add_left(each);
    if (i >= 1'000)
      common.push_back(each);
  }
  for (const auto& each : common)
    sketch.add_right(each);
  const auto alone = random_item(random);
  sketch.add_right(alone);
  const auto found = sketch.resolve();
  BOOST_TEST(found.whole);
  BOOST_TEST(found.left.size() == 1'000U);
  BOOST_REQUIRE(found.right.size() == 1U);
  BOOST_TEST((found.right.front() == alone));
}

BOOST_AUTO_TEST_CASE(as_many_as_it_promises_are_told_apart) {
  std::mt19937_64 random{4};
  difference_sketch sketch{random()};
  for (std::size_t i = 0; i < sketch_items_told; ++i)
    sketch.add_left(random_item(random));
  const auto found = sketch.resolve();
  BOOST_TEST(found.whole);
  BOOST_TEST(found.left.size() == sketch_items_told);
}

BOOST_AUTO_TEST_CASE(far_more_than_that_is_noticed_not_forgotten) {
  std::mt19937_64 random{5};
  difference_sketch sketch{random()};
  for (int i = 0; i < 100'000; ++i)
    sketch.add_left(random_item(random));
  BOOST_TEST(!sketch.resolve().whole);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::test
