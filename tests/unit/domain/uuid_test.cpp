#include "domain/uuid.hpp"

#include <boost/test/unit_test.hpp>

using namespace orderd;

BOOST_AUTO_TEST_SUITE(uuids)

BOOST_AUTO_TEST_CASE(version_7_holds_clock_version_variant_and_randomness) {
  // The example of RFC 9562, appendix A.6.
  const timestamp at{std::chrono::milliseconds{0x017F22E279B0}};
  BOOST_TEST(to_string(make_uuid_v7(at, 0xCC3, 0x18C4DC0C0C07398F)) ==
             "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
  BOOST_TEST(to_string(make_uuid_v7(at, ~0ULL, ~0ULL)) == "017f22e2-79b0-7fff-bfff-ffffffffffff");
  BOOST_TEST(to_string(make_uuid_v7(at, 0, 0)) == "017f22e2-79b0-7000-8000-000000000000");
}

BOOST_AUTO_TEST_CASE(a_later_one_sorts_after_an_earlier_one) {
  const timestamp at{std::chrono::milliseconds{1'700'000'000'000}};
  BOOST_TEST((make_uuid_v7(at, ~0ULL, ~0ULL) < make_uuid_v7(at + std::chrono::milliseconds{1}, 0, 0)));
}

BOOST_AUTO_TEST_CASE(either_case_and_any_version_is_read) {
  const auto lower = parse_uuid("550e8400-e29b-41d4-a716-446655440000");
  BOOST_TEST_REQUIRE(lower.has_value());
  BOOST_TEST((parse_uuid("550E8400-E29B-41D4-A716-446655440000") == lower));
  BOOST_TEST(to_string(*lower) == "550e8400-e29b-41d4-a716-446655440000");
  BOOST_TEST(parse_uuid("00000000-0000-0000-0000-000000000000").value().is_nil());
}

BOOST_AUTO_TEST_CASE(what_is_malformed_is_refused) {
  for (const char* text : {"", "550e8400e29b41d4a716446655440000", "{550e8400-e29b-41d4-a716-446655440000}",
                           "550e8400-e29b-41d4-a716-44665544000", "550e8400-e29b-41d4-a716-4466554400000",
                           "550e8400-e29b-41d4-a716-44665544000g", "550e8400-e29b-41d4-a7164-46655440000",
                           "550e8400_e29b_41d4_a716_446655440000", " 50e8400-e29b-41d4-a716-446655440000"})
    BOOST_TEST(!parse_uuid(text), text);
}

BOOST_AUTO_TEST_SUITE_END()
