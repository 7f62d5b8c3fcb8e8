#include "config/log_line.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <limits>
#include <random>
#include <string>

namespace orderd::tests {

namespace {

constexpr timestamp moment{std::chrono::milliseconds{1'795'162'530'007}};

std::string escaped(std::string_view text, std::size_t bytes_max = 1000) {
  std::string out;
  log::append_escaped(out, text, bytes_max);
  return out;
}

std::string line(std::string_view message, log::fields with = {}) {
  return log::json_line(moment, log::level::warn, message, with);
}

const std::string head = R"({"time":"2026-11-20T08:15:30.007Z","level":"warn","message":)";

} // namespace

BOOST_AUTO_TEST_SUITE(log_lines)

BOOST_AUTO_TEST_CASE(a_line_is_one_object_with_time_level_message_and_fields_in_order) {
  BOOST_TEST(line("sold", {{"sku", "A-1"}, {"qty", 2}, {"share", 0.25}, {"hot", true}}) ==
             head + R"("sold","sku":"A-1","qty":2,"share":0.25,"hot":true})");
  BOOST_TEST(line("") == head + R"(""})");
}

BOOST_AUTO_TEST_CASE(every_type_of_number_keeps_its_value) {
  BOOST_TEST(line("", {{"a", std::numeric_limits<std::int64_t>::min()},
                       {"b", std::numeric_limits<std::uint64_t>::max()},
                       {"c", static_cast<std::uint8_t>(7)},
                       {"d", -0.1F + 0.1F},
                       {"e", 1e300}}) ==
             head + R"("","a":-9223372036854775808,"b":18446744073709551615,"c":7,"d":0,"e":1e+300})");
}

BOOST_AUTO_TEST_CASE(numbers_that_json_lacks_become_null) {
  const double infinity = std::numeric_limits<double>::infinity();
  BOOST_TEST(line("", {{"a", infinity}, {"b", -infinity}, {"c", std::numeric_limits<double>::quiet_NaN()}}) ==
             head + R"("","a":null,"b":null,"c":null})");
}

BOOST_AUTO_TEST_CASE(a_field_cannot_pass_for_the_lines_own) {
  BOOST_TEST(line("m", {{"level", "error"}, {"time", 1}, {"message", "x"}}) ==
             head + R"("m","field_level":"error","field_time":1,"field_message":"x"})");
}

BOOST_AUTO_TEST_CASE(keys_are_escaped_as_values_are) {
  BOOST_TEST(line("m", {{"a\":1,\"b\n", "x\"y"}}) == head + R"("m","a\":1,\"b\n":"x\"y"})");
}

BOOST_AUTO_TEST_CASE(what_ends_a_string_or_a_line_or_steers_a_terminal_is_escaped) {
  BOOST_TEST(escaped("a\"b\\c") == R"(a\"b\\c)");
  BOOST_TEST(escaped("a\nb\rc\td") == "a\\nb\\u000dc\\u0009d");
  BOOST_TEST(escaped("\x1b[31m\x7f") == "\\u001b[31m\\u007f");
  BOOST_TEST(escaped(std::string_view("\0x", 2)) == "\\u0000x");
  BOOST_TEST(escaped("\xc2\x9b") == "\\u009b");
  for (int byte = 0; byte < 0x20; ++byte)
    BOOST_TEST(escaped(std::string(1, static_cast<char>(byte))).front() == '\\');
}

BOOST_AUTO_TEST_CASE(utf8_passes_unchanged) {
  for (const char* text :
       {"\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf", "\xc2\xa0"})
    BOOST_TEST(escaped(text) == text);
}

BOOST_AUTO_TEST_CASE(bytes_that_are_not_utf8_are_replaced) {
  const std::string bad = "\\ufffd";
  BOOST_TEST(escaped("a\xff\x62") == "a" + bad + "b");
  BOOST_TEST(escaped("\x80") == bad);                               // a continuation without its start
  BOOST_TEST(escaped("\xc3") == bad);                               // cut at the end
  BOOST_TEST(escaped("\xc3\"") == bad + "\\\"");                    // the quote is not swallowed
  BOOST_TEST(escaped("\xc0\xa2") == bad + bad);                     // an overlong quote
  BOOST_TEST(escaped("\xe0\x80\xa2") == bad + bad + bad);           // an overlong quote of three bytes
  BOOST_TEST(escaped("\xed\xa0\x80") == bad + bad + bad);           // a surrogate
  BOOST_TEST(escaped("\xf4\x90\x80\x80") == bad + bad + bad + bad); // past U+10FFFF
  BOOST_TEST(escaped("\xf8\x88\x80\x80\x80") == bad + bad + bad + bad + bad);
}

BOOST_AUTO_TEST_CASE(long_text_is_cut_between_characters_and_says_so) {
  BOOST_TEST(escaped("abcdef", 6) == "abcdef");
  BOOST_TEST(escaped("abcdefg", 6) == "abcdef...");
  BOOST_TEST(escaped("abcde\xc3\xa4", 6) == "abcde...");
  BOOST_TEST(line(std::string(1'000'000, 'x')).size() < 5000U);
}

BOOST_AUTO_TEST_CASE(no_bytes_at_all_get_through_that_json_forbids) {
  const char* given = std::getenv("ORDERD_TEST_SEED");
  const auto seed = given != nullptr ? std::strtoul(given, nullptr, 10) : std::random_device{}();
  BOOST_TEST_MESSAGE("ORDERD_TEST_SEED=" << seed);
  BOOST_TEST_CONTEXT("ORDERD_TEST_SEED=" << seed) {
    std::mt19937_64 random(seed);
    for (int round = 0; round < 2000; ++round) {
      std::string text(random() % 40, '\0');
      for (char& each : text)
        each = static_cast<char>(random());
      const std::string once = escaped(text);
      bool after_backslash = false;
      for (const char each : once) {
        const auto byte = static_cast<unsigned char>(each);
        BOOST_REQUIRE(byte >= 0x20 && byte != 0x7f);
        BOOST_REQUIRE(each != '"' || after_backslash);
        after_backslash = each == '\\' && !after_backslash;
      }
      BOOST_REQUIRE(!after_backslash);
      // What came out is UTF-8: escaping it again replaces nothing more.
      std::size_t replaced = 0;
      const std::string twice = escaped(once, 100'000);
      for (std::size_t at = twice.find("\\ufffd"); at != std::string::npos;
           at = twice.find("\\ufffd", at + 1))
        if (at == 0 || twice[at - 1] != '\\')
          ++replaced;
      BOOST_REQUIRE(replaced == 0U);
    }
  }
}

BOOST_AUTO_TEST_CASE(text_for_people_is_escaped_as_well) {
  BOOST_TEST(log::text_line(moment, log::level::error, "lost\nfound", {{"file", "a \"b\""}, {"bytes", 3}}) ==
             R"(2026-11-20T08:15:30.007Z error lost\nfound file="a \"b\"" bytes=3)");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::tests
