#include "domain/money.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>

using namespace orderd;

namespace {

void check_refused(std::string_view text, decimal_error expected) {
  const auto read = parse_decimal(text);
  BOOST_TEST((!read && read.error() == expected), text);
}

} // namespace

BOOST_AUTO_TEST_SUITE(money)

BOOST_AUTO_TEST_CASE(decimals_are_read_exactly) {
  const std::pair<const char*, cents> cases[] = {
      {"19.99", 1999},
      {"5", 500},
      {"0", 0},
      {"-0", 0},
      {"0.00", 0},
      {"-0.5", -50},
      {"1.50", 150},
      {"19.990", 1999},
      {"1e2", 10'000},
      {"1E+2", 10'000},
      {"1999e-2", 1999},
      {"0.0001e4", 100},
      {"0e999999999999", 0},
      {"100000e-7", 1},
      {"0.29", 29},
      {"1.1500000000000000000000000000000000", 115},
      {"1e16", 1'000'000'000'000'000'000},
      {"92233720368547758.07", std::numeric_limits<cents>::max()},
      {"-92233720368547758.08", std::numeric_limits<cents>::min()}};
  for (const auto& [text, amount] : cases) {
    const auto read = parse_decimal(text);
    BOOST_TEST_REQUIRE(read.has_value(), text);
    BOOST_TEST(*read == amount, text);
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_json_number_is_malformed) {
  for (const char* text : {"",     "-",   "+1",  ".5", "1.", "01",  "-01",   "1e",  "1e+",   "1.e2",
                           "0x10", "NaN", "inf", "1 ", " 1", "1,5", "1.2.3", "--1", "1e2.5", "\"1\""})
    check_refused(text, decimal_error::malformed);
}

BOOST_AUTO_TEST_CASE(finer_than_one_minor_unit_is_refused_not_rounded) {
  for (const char* text : {"0.001", "19.999", "1e-3", "1.005", "1e-999999999999999999999", "123456.7890001"})
    check_refused(text, decimal_error::too_many_decimals);
}

BOOST_AUTO_TEST_CASE(beyond_int64_is_out_of_range) {
  for (const char* text : {"92233720368547758.08", "-92233720368547758.09", "1e17", "1e999999999999999999999",
                           "99999999999999999999999999"})
    check_refused(text, decimal_error::out_of_range);
}

BOOST_AUTO_TEST_CASE(amounts_have_two_decimals) {
  BOOST_TEST(to_decimal(1999) == "19.99");
  BOOST_TEST(to_decimal(-5) == "-0.05");
  BOOST_TEST(to_decimal(0) == "0.00");
  BOOST_TEST(to_decimal(100) == "1.00");
  BOOST_TEST(to_decimal(std::numeric_limits<cents>::max()) == "92233720368547758.07");
  BOOST_TEST(to_decimal(std::numeric_limits<cents>::min()) == "-92233720368547758.08");
}

BOOST_AUTO_TEST_CASE(every_amount_returns_from_its_text) {
  for (cents amount = -100'000; amount <= 100'000; amount += 7) {
    if (parse_decimal(to_decimal(amount)) != amount)
      BOOST_FAIL(amount);
  }
}

BOOST_AUTO_TEST_CASE(overflow_gives_nothing) {
  constexpr auto max = std::numeric_limits<cents>::max();
  BOOST_TEST((checked_add(max - 1, 1) == max));
  BOOST_TEST(!checked_add(max, 1));
  BOOST_TEST(!checked_add(-max, -2));
  BOOST_TEST((checked_multiply(max / 2, 2) == max - 1));
  BOOST_TEST(!checked_multiply(max / 2 + 1, 2));
  BOOST_TEST(!checked_multiply(std::numeric_limits<cents>::min(), -1));
}

BOOST_AUTO_TEST_SUITE_END()
