#include "persistence/order_codec.hpp"
#include "tests/unit/persistence/sample_events.hpp"

#include <boost/test/unit_test.hpp>

namespace orderd {
namespace {

std::string encoded(const order& state) {
  std::string out;
  encode_order(out, state);
  return out;
}

bool is_damaged(std::string_view bytes) {
  const auto read = decode_order(bytes);
  return !read && read.error().code == error_code::damaged;
}

BOOST_AUTO_TEST_SUITE(order_codec)

BOOST_AUTO_TEST_CASE(random_orders_come_back_as_they_were) {
  std::mt19937_64 random(test::test_seed());
  for (int round = 0; round < 2'000; ++round) {
    const auto state = test::random_order(random);
    const auto read = decode_order(encoded(state));
    BOOST_REQUIRE(read);
    BOOST_REQUIRE(*read == state);
  }
}

BOOST_AUTO_TEST_CASE(encoding_appends_to_what_is_there) {
  std::string out = "before";
  encode_order(out, order{});
  BOOST_TEST(out == "before" + encoded(order{}));
}

BOOST_AUTO_TEST_CASE(every_truncation_and_every_addition_is_damage) {
  std::mt19937_64 random(test::test_seed());
  for (int round = 0; round < 20; ++round) {
    const auto bytes = encoded(test::random_order(random));
    for (std::size_t size = 0; size < bytes.size(); ++size)
      BOOST_REQUIRE_MESSAGE(is_damaged(std::string_view(bytes).substr(0, size)),
                            "cut to " << size << " of " << bytes.size());
    BOOST_REQUIRE(is_damaged(bytes + '\0'));
  }
}

BOOST_AUTO_TEST_CASE(flipped_bits_are_damage_or_another_order_with_the_same_bytes) {
  std::mt19937_64 random(test::test_seed());
  for (int round = 0; round < 5'000; ++round) {
    auto bytes = encoded(test::random_order(random));
    bytes[random() % bytes.size()] ^= static_cast<char>(1 << (random() % 8));
    if (const auto read = decode_order(bytes))
      BOOST_REQUIRE(encoded(*read) == bytes);
    else
      BOOST_REQUIRE(read.error().code == error_code::damaged);
  }
}

BOOST_AUTO_TEST_CASE(random_bytes_never_crash) {
  std::mt19937_64 random(test::test_seed());
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes(random() % 128, 0);
    for (char& c : bytes)
      c = static_cast<char>(random());
    const auto read = decode_order(bytes);
    BOOST_REQUIRE(read ? encoded(*read) == bytes : read.error().code == error_code::damaged);
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace orderd
