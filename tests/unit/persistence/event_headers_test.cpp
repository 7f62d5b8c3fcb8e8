#include "persistence/event_headers.hpp"

#include <boost/test/unit_test.hpp>

namespace orderd {

BOOST_AUTO_TEST_SUITE(event_headers)

BOOST_AUTO_TEST_CASE(what_a_header_cannot_hold_is_encoded) {
  BOOST_TEST(to_header_value("order-17/a_b.c~!") == "order-17/a_b.c~!");
  BOOST_TEST(to_header_value("a b\"c%d") == "a%20b%22c%25d");
  BOOST_TEST(to_header_value("ä€") == "%C3%A4%E2%82%AC");
  BOOST_TEST(to_header_value(std::string("\r\n\0\x7F", 4)) == "%0D%0A%00%7F");
  BOOST_TEST(to_header_value("").empty());
}

BOOST_AUTO_TEST_CASE(every_byte_comes_back) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte)
    all += static_cast<char>(byte);
  BOOST_TEST(from_header_value(to_header_value(all)) == all);
}

BOOST_AUTO_TEST_CASE(a_percent_sign_without_digits_stands_for_itself) {
  BOOST_TEST(from_header_value("100%") == "100%");
  BOOST_TEST(from_header_value("%4") == "%4");
  BOOST_TEST(from_header_value("%zz%4A%4a") == "%zzJJ");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd
