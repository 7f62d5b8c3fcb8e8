#include "config/json_writer.hpp"
#include "http/json_reader.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <random>

using namespace orderd::http;
using orderd::json_writer;

namespace {

std::string rewritten(json_value value) {
  std::string out;
  json_writer json(out);
  value.write(json);
  return out;
}

const std::vector<std::string> malformed = {"",
                                            " ",
                                            "{",
                                            "[",
                                            "]",
                                            "{\"a\":1",
                                            "{\"a\":1}}",
                                            "{} x",
                                            "{}{}",
                                            "[1,2],",
                                            "{\"a\":01}",
                                            "{\"a\":nul}",
                                            "{\"a\":1,}",
                                            "[1,]",
                                            "[1 2]",
                                            "{\"a\" 1}",
                                            "{\"a\"}",
                                            "{,}",
                                            "{'a':1}",
                                            "{\"a\":[}",
                                            "{\"a\":1]",
                                            "[1}",
                                            "\"a",
                                            "\"a\" 1",
                                            "12 34",
                                            "tru",
                                            "[-]",
                                            "[1.]",
                                            "[.5]",
                                            "[1e]",
                                            "[+1]",
                                            "[0x1]",
                                            "[NaN]",
                                            "[Infinity]",
                                            "[1.e5]",
                                            "[\"\\q\"]",
                                            "[\"\x01\"]",
                                            "[\"\\u12\"]",
                                            "[\"\\ud800\"]",
                                            "[\"\xFF\"]",
                                            "[\"\xC0\xAF\"]",
                                            "{\"a\":\"b\"c}",
                                            "{\"x\":{\"y\":[1,{\"z\":tru}]}}",
                                            "{\"unknown\":[1,2,}",
                                            "{\"unknown\":\"\\x\"}"};

} // namespace

BOOST_AUTO_TEST_SUITE(json_reader_)

BOOST_DATA_TEST_CASE(malformed_text_is_refused_wherever_it_is, boost::unit_test::data::make(malformed)) {
  json_document document;
  const auto read = document.parse(sample);
  BOOST_TEST(!read);
  if (!read)
    BOOST_TEST(!read.error().empty());
}

BOOST_AUTO_TEST_CASE(numbers_keep_every_digit) {
  json_document document;
  const auto read = document.parse(" [19.99, 1e2 , -0, 123456789012345678901234567890, 0.1000 ] ");
  BOOST_REQUIRE(read);
  BOOST_TEST(rewritten(*read) == "[19.99,1e2,-0,123456789012345678901234567890,0.1000]");
}

BOOST_AUTO_TEST_CASE(only_plain_integers_that_fit_are_integers) {
  json_document document;
  const auto read =
      document.parse("[9223372036854775807,-9223372036854775808,9223372036854775808,1.0,1e0,true,\"1\"]");
  BOOST_REQUIRE(read);
  std::vector<bool> integers;
  for (const auto each : *read)
    integers.push_back(each.integer().has_value());
  BOOST_TEST(integers == (std::vector<bool>{true, true, false, false, false, false, false}));
}

BOOST_AUTO_TEST_CASE(of_members_with_one_name_the_last_counts) {
  json_document document;
  const auto read = document.parse(R"({"a":1,"b":2,"\u0061":{"c":3,"c":4}})");
  BOOST_REQUIRE(read);
  BOOST_TEST(rewritten(*read) == R"({"b":2,"a":{"c":4}})");
  BOOST_TEST(read->find("a")->is(json_type::object));
}

BOOST_AUTO_TEST_CASE(depth_and_number_of_values_are_bounded) {
  json_document document;
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  BOOST_TEST(document.parse(nested(json_depth_max)).has_value());
  BOOST_TEST(!document.parse(nested(json_depth_max + 1)).has_value());
  BOOST_TEST(!document.parse(nested(100'000)).has_value());
  std::string many = "[1";
  for (std::size_t i = 2; i < json_values_max; ++i)
    many += ",1";
  BOOST_TEST(document.parse(many + ']').has_value());
  BOOST_TEST(!document.parse(many + ",1]").has_value());
  BOOST_TEST(document.parse("{}").has_value());
}

BOOST_AUTO_TEST_CASE(text_with_room_behind_it_is_read_in_place) {
  std::string text = R"({"n":12345})";
  const auto size = text.size();
  text.append(64, '9');
  json_document document;
  const auto read = document.parse(std::string_view(text).substr(0, size), 64);
  BOOST_REQUIRE(read);
  const auto number = read->find("n")->text();
  BOOST_TEST(number == "12345");
  BOOST_TEST((number.data() > text.data() && number.data() < text.data() + size));
}

BOOST_AUTO_TEST_CASE(damaged_documents_are_refused_or_rewritten_the_same) {
  const char* const given = std::getenv("ORDERD_TEST_SEED");
  const auto seed = given ? std::strtoull(given, nullptr, 10) : std::random_device()();
  BOOST_TEST_MESSAGE("ORDERD_TEST_SEED=" << seed);
  std::mt19937_64 random(seed);
  const std::string whole =
      R"({"items":[{"sku":"A\u00e9","qty":2,"price":19.99}],"m":{"x":[null,true,false,-1e5]}})";
  constexpr std::string_view bytes = "{}[]\",:\\ 019.eE-+tfnu\n\x01\xFF";
  json_document document;
  json_document second;
  for (int round = 0; round < 5000; ++round) {
    auto text = whole;
    for (auto changes = 1 + random() % 3; changes > 0; --changes) {
      const auto at = random() % text.size();
      if (random() % 3 == 0)
        text.erase(at, 1 + random() % 3);
      else
        text[at] = bytes[random() % bytes.size()];
      if (text.empty())
        text = "x";
    }
    const auto read = document.parse(text);
    if (!read)
      continue;
    // What was accepted is JSON: it comes through a second reading unchanged.
    const auto once = rewritten(*read);
    const auto again = second.parse(once);
    BOOST_REQUIRE_MESSAGE(again, "seed " << seed << ": " << text << " -> " << once);
    BOOST_REQUIRE_EQUAL(rewritten(*again), once);
  }
}

BOOST_AUTO_TEST_SUITE_END()
