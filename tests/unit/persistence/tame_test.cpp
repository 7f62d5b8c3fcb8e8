#include "config/limits.hpp"
#include "persistence/tame.hpp"

#include <boost/test/unit_test.hpp>

using namespace orderd;

BOOST_AUTO_TEST_SUITE(strangers_words)

BOOST_AUTO_TEST_CASE(control_characters_and_bytes_that_are_no_utf8_are_replaced) {
  BOOST_TEST(tame("") == "");
  BOOST_TEST(tame("declined: kein Geld \xc3\xbc") == "declined: kein Geld \xc3\xbc");
  BOOST_TEST(tame("a\r\nb\x1b[31m\x7f") == "a  b [31m ");
  BOOST_TEST(tame("a\xff\xc3") == "a\xef\xbf\xbd\xef\xbf\xbd");
}

BOOST_AUTO_TEST_CASE(long_words_are_cut_between_characters) {
  std::string text(limits::reason_bytes_max - 1, 'a');
  BOOST_TEST(tame(text + "bc") == text + "b");
  BOOST_TEST(tame(text + "\xc3\xbc") == text);
}

BOOST_AUTO_TEST_SUITE_END()
