#include "domain/rejection.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

using namespace orderd;

BOOST_AUTO_TEST_SUITE(rejections)

BOOST_AUTO_TEST_CASE(the_code_that_goes_before_wins_whichever_comes_first) {
  rejection early{rejection_code::unknown_product, "a", "sku", {}, {}};
  rejection late{rejection_code::insufficient_stock, "b", {}, {{"B", 2, 1}}, {}};
  auto one = early;
  merge_rejection(one, rejection(late));
  auto other = late;
  merge_rejection(other, rejection(early));
  for (const auto& merged : {one, other}) {
    BOOST_TEST((merged.code == rejection_code::unknown_product));
    BOOST_TEST(merged.detail == "a");
    BOOST_TEST(merged.field == "sku");
    BOOST_TEST(merged.shortages.size() == 1);
  }
}

BOOST_AUTO_TEST_CASE(shortages_are_gathered) {
  rejection into{rejection_code::insufficient_stock, "a", {}, {{"A", 2, 1}}, {}};
  merge_rejection(into, {rejection_code::insufficient_stock, "b", {}, {{"B", 5, 0}}, {}});
  BOOST_TEST((into.shortages == std::vector<shortage>{{"A", 2, 1}, {"B", 5, 0}}));
  BOOST_TEST(into.detail == "a");
}

BOOST_AUTO_TEST_CASE(each_code_has_its_own_word) {
  std::set<std::string_view> words;
  const auto last = static_cast<int>(rejection_code::insufficient_stock);
  for (int code = 0; code <= last; ++code)
    words.insert(code_text(static_cast<rejection_code>(code)));
  BOOST_TEST(words.size() == static_cast<std::size_t>(last) + 1);
  BOOST_TEST(code_text(rejection_code::insufficient_stock) == "insufficient_stock");
}

BOOST_AUTO_TEST_SUITE_END()
