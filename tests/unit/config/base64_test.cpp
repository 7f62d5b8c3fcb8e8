#include "config/base64.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <string>
#include <utility>

using namespace orderd;

BOOST_AUTO_TEST_SUITE(base64)

// RFC 4648, section 10.
BOOST_AUTO_TEST_CASE(the_published_examples_go_both_ways) {
  const std::array<std::pair<std::string_view, std::string_view>, 7> examples{{{"", ""},
                                                                               {"f", "Zg=="},
                                                                               {"fo", "Zm8="},
                                                                               {"foo", "Zm9v"},
                                                                               {"foob", "Zm9vYg=="},
                                                                               {"fooba", "Zm9vYmE="},
                                                                               {"foobar", "Zm9vYmFy"}}};
  for (const auto& [bytes, text] : examples) {
    BOOST_TEST(encode_base64(bytes) == text);
    BOOST_TEST(decode_base64(text).value_or("nothing") == bytes);
    BOOST_TEST(decode_base64(text.substr(0, text.find('='))).value_or("nothing") == bytes);
  }
}

BOOST_AUTO_TEST_CASE(every_byte_survives) {
  std::string bytes;
  for (int each = 0; each < 256; ++each)
    bytes += static_cast<char>(each);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut)
    BOOST_TEST((decode_base64(encode_base64(bytes.substr(cut))) == bytes.substr(cut)), cut);
}

BOOST_AUTO_TEST_CASE(what_is_no_base64_is_refused) {
  for (const std::string_view text :
       {"A", "AAAAA", "=", "==", "A===", "AA=", "AA=A", "A=AA", "AAA==", "====", " AAA", "AAA ", "AAAA\n",
        "\nAAAA", "AA-_", "AA.A", "AAA\xff", "Zm9v Zm9v"})
    BOOST_TEST(!decode_base64(text).has_value(), text);
  BOOST_TEST(!decode_base64(std::string_view("AA\0A", 4)).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
