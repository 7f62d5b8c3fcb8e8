#include "domain/time.hpp"

#include <boost/test/unit_test.hpp>

using namespace orderd;
using std::chrono::milliseconds;

BOOST_AUTO_TEST_SUITE(time_text)

BOOST_AUTO_TEST_CASE(is_utc_with_milliseconds) {
  BOOST_TEST(to_rfc3339(timestamp{}) == "1970-01-01T00:00:00.000Z");
  BOOST_TEST(to_rfc3339(timestamp{milliseconds{951'827'696'789}}) == "2000-02-29T12:34:56.789Z");
  BOOST_TEST(to_rfc3339(timestamp{milliseconds{-1}}) == "1969-12-31T23:59:59.999Z");
}

BOOST_AUTO_TEST_CASE(is_appended_to_what_is_there) {
  std::string out = "at ";
  append_rfc3339(out, timestamp{milliseconds{7}});
  BOOST_TEST(out == "at 1970-01-01T00:00:00.007Z");
}

BOOST_AUTO_TEST_CASE(any_offset_is_read_as_utc) {
  for (const char* text :
       {"2000-02-29T12:34:56.789Z", "2000-02-29t12:34:56.789z", "2000-02-29T13:34:56.789+01:00",
        "2000-02-28T12:35:56.789-23:59", "2000-02-29T12:34:56.789-00:00"}) {
    const auto at = parse_rfc3339(text);
    BOOST_TEST_REQUIRE(at.has_value(), text);
    BOOST_TEST(at->time_since_epoch().count() == 951'827'696'789, text);
  }
}

BOOST_AUTO_TEST_CASE(a_fraction_is_cut_to_milliseconds) {
  const auto ms = [](std::string_view text) {
    return parse_rfc3339(text).value().time_since_epoch().count();
  };
  BOOST_TEST(ms("1970-01-01T00:00:00Z") == 0);
  BOOST_TEST(ms("1970-01-01T00:00:00.5Z") == 500);
  BOOST_TEST(ms("1970-01-01T00:00:00.123999999Z") == 123);
  BOOST_TEST(ms("1969-12-31T23:59:59.9999Z") == -1);
}

BOOST_AUTO_TEST_CASE(what_is_malformed_is_refused) {
  for (const char* text : {"",
                           "2000-02-30T00:00:00Z",
                           "2001-02-29T00:00:00Z",
                           "2000-13-01T00:00:00Z",
                           "2000-00-01T00:00:00Z",
                           "2000-01-01T24:00:00Z",
                           "2000-01-01T00:60:00Z",
                           "2000-01-01T00:00:60Z",
                           "2000-01-01T00:00:00",
                           "2000-01-01 00:00:00Z",
                           "2000-01-01T00:00:00.Z",
                           "2000-01-01T00:00:00.1234567890Z",
                           "2000-01-01T00:00:00Z ",
                           "2000-01-01T00:00:00+24:00",
                           "2000-01-01T00:00:00+01:60",
                           "2000-01-01T00:00:00+0100",
                           "2000-1-01T00:00:00Z",
                           "+200-01-01T00:00:00Z",
                           "2000-01-01T00:00Z",
                           "0000-01-01T00:00:00+00:01",
                           "9999-12-31T23:59:59-00:01"})
    BOOST_TEST(!parse_rfc3339(text), text);
  BOOST_TEST(!parse_rfc3339(std::string_view("2000-01-01T00:00:00\0", 20)));
}

BOOST_AUTO_TEST_CASE(every_day_of_four_centuries_returns_from_its_text) {
  for (int day = -50'000; day < 100'000; ++day) {
    const timestamp at{std::chrono::days{day} + milliseconds{(day + 50'000) * 577L % 86'400'000}};
    const auto back = parse_rfc3339(to_rfc3339(at));
    if (back != at)
      BOOST_FAIL("day " << day);
  }
}

BOOST_AUTO_TEST_CASE(the_first_and_last_instants_return_from_their_texts) {
  for (const char* text : {"0000-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"})
    BOOST_TEST(to_rfc3339(parse_rfc3339(text).value()) == text);
}

BOOST_AUTO_TEST_SUITE_END()
