#include "persistence/kafka_window.hpp"

#include <boost/test/unit_test.hpp>

namespace orderd {

BOOST_AUTO_TEST_SUITE(kafka_windows)

BOOST_AUTO_TEST_CASE(nothing_settled_is_nothing_to_commit) {
  kafka_window window;
  BOOST_TEST(!window.to_commit().has_value());
  window.add(7);
  BOOST_TEST(!window.to_commit().has_value());
}

BOOST_AUTO_TEST_CASE(what_is_settled_out_of_order_is_committed_up_to_the_first_that_is_not) {
  kafka_window window;
  // Offsets may have gaps.
  for (const std::int64_t offset : {3, 4, 7, 9})
    window.add(offset);
  BOOST_TEST(window.settle(7) == 0U);
  BOOST_TEST(window.settle(4) == 0U);
  BOOST_TEST(!window.to_commit().has_value());
  BOOST_TEST(window.settle(3) == 3U);
  BOOST_TEST(window.to_commit().value() == 8);
  BOOST_TEST(window.size() == 1U);
  BOOST_TEST(window.settle(9) == 1U);
  BOOST_TEST(window.to_commit().value() == 10);
}

BOOST_AUTO_TEST_CASE(an_offset_is_asked_for_once_unless_that_failed) {
  kafka_window window;
  window.add(0);
  window.settle(0);
  BOOST_TEST(window.to_commit().value() == 1);
  window.note_asked();
  BOOST_TEST(!window.to_commit().has_value());
  window.ask_again();
  BOOST_TEST(window.to_commit().value() == 1);
}

BOOST_AUTO_TEST_CASE(a_partition_that_counts_anew_is_told_from_one_that_goes_on) {
  kafka_window window;
  BOOST_TEST(window.is_next(5));
  window.add(5);
  BOOST_TEST(!window.is_next(5));
  BOOST_TEST(window.is_next(6));
  window.settle(5);
  BOOST_TEST(!window.is_next(0));
  BOOST_TEST(window.is_next(6));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd
