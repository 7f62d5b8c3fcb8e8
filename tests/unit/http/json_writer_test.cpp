#include "config/json_writer.hpp"
#include "http/json_reader.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <random>

using namespace orderd;
using namespace orderd::http;

namespace {

std::string written(std::string_view text) {
  std::string out;
  json_writer(out).value(text);
  return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(json_writer_)

BOOST_AUTO_TEST_CASE(commas_and_colons_are_set_by_nesting) {
  std::string out;
  json_writer json(out);
  json.begin_object()
      .member("a", 1)
      .key("b")
      .begin_array()
      .value(true)
      .value(nullptr)
      .begin_object()
      .end_object();
  json.end_array().member("c", std::uint64_t{18446744073709551615U}).key("d").decimal(-5).end_object();
  BOOST_TEST(out == R"({"a":1,"b":[true,null,{}],"c":18446744073709551615,"d":-0.05})");
  BOOST_TEST(json.complete());
}

BOOST_AUTO_TEST_CASE(text_is_escaped) {
  BOOST_TEST(written("a\"b\\c\n\r\t\x01\x1f/") == "\"a\\\"b\\\\c\\n\\r\\t\\u0001\\u001f/\"");
  BOOST_TEST(written("gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80") == "\"gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80\"");
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_utf8_become_replacement_characters) {
  BOOST_TEST(written("a\xFF") == "\"a\xEF\xBF\xBD\"");
  BOOST_TEST(written("\xC3") == "\"\xEF\xBF\xBD\"");
  BOOST_TEST(written("\xED\xA0\x80") == "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""); // a surrogate
  BOOST_TEST(written("\xC0\xAF") == "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");                 // overlong
}

BOOST_AUTO_TEST_CASE(any_bytes_as_text_make_valid_json) {
  const char* const given = std::getenv("ORDERD_TEST_SEED");
  const auto seed = given ? std::strtoull(given, nullptr, 10) : std::random_device()();
  BOOST_TEST_MESSAGE("ORDERD_TEST_SEED=" << seed);
  std::mt19937_64 random(seed);
  json_document document;
  for (int round = 0; round < 2000; ++round) {
    std::string text(random() % 40, '\0');
    for (auto& c : text)
      c = static_cast<char>(random());
    const auto json = written(text);
    const auto read = document.parse(json);
    BOOST_REQUIRE_MESSAGE(read, "seed " << seed << ": " << json);
    // What is valid already comes back as it was.
    if (json.find("\xEF\xBF\xBD") == std::string::npos)
      BOOST_REQUIRE_EQUAL(read->text(), text);
  }
}

BOOST_AUTO_TEST_SUITE_END()
