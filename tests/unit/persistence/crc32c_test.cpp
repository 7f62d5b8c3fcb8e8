#include "persistence/crc32c.hpp"
#include "tests/support/journal_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>
#include <string>

namespace {

struct vector_of_rfc_3720 {
  std::string bytes;
  std::uint32_t checksum;
};

std::vector<vector_of_rfc_3720> published_vectors() {
  std::string rising(32, '\0');
  for (std::size_t i = 0; i < rising.size(); ++i)
    rising[i] = static_cast<char>(i);
  const std::string falling(rising.rbegin(), rising.rend());
  std::string scsi_read(48, '\0');
  for (const auto& [at, byte] : std::initializer_list<std::pair<std::size_t, int>>{
           {0, 0x01}, {1, 0xC0}, {16, 0x14}, {22, 0x04}, {27, 0x14}, {31, 0x18}, {32, 0x28}, {40, 0x02}})
    scsi_read[at] = static_cast<char>(byte);
  return {{std::string(32, '\0'), 0x8A9136AA},
          {std::string(32, '\xFF'), 0x62A8AB43},
          {rising, 0x46DD794E},
          {falling, 0x113FDB5C},
          {scsi_read, 0xD9963A56},
          {"123456789", 0xE3069283}};
}

} // namespace

BOOST_AUTO_TEST_SUITE(crc32c)

BOOST_AUTO_TEST_CASE(published_vectors_hold_for_both_ways) {
  for (const auto& [bytes, checksum] : published_vectors()) {
    BOOST_TEST(orderd::crc32c(bytes) == checksum);
    BOOST_TEST(orderd::crc32c_by_table(bytes) == checksum);
  }
}

BOOST_AUTO_TEST_CASE(nothing_has_checksum_zero) {
  BOOST_TEST(orderd::crc32c("") == 0U);
  BOOST_TEST(orderd::crc32c_by_table("") == 0U);
}

BOOST_AUTO_TEST_CASE(both_ways_agree_at_every_length_and_alignment) {
  std::mt19937_64 random(orderd::test::test_seed());
  std::string bytes(300, '\0');
  std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<char>(random()); });
  for (std::size_t begin = 0; begin < 9; ++begin)
    for (std::size_t length = 0; begin + length <= bytes.size(); ++length) {
      const auto part = std::string_view(bytes).substr(begin, length);
      BOOST_REQUIRE_EQUAL(orderd::crc32c(part), orderd::crc32c_by_table(part));
    }
}

BOOST_AUTO_TEST_CASE(a_checksum_is_continued_at_any_cut) {
  const std::string bytes = "frames are summed in two parts, around the sum";
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    const auto front = std::string_view(bytes).substr(0, cut);
    const auto rest = std::string_view(bytes).substr(cut);
    BOOST_TEST(orderd::crc32c(rest, orderd::crc32c(front)) == orderd::crc32c(bytes));
    BOOST_TEST(orderd::crc32c_by_table(rest, orderd::crc32c_by_table(front)) == orderd::crc32c(bytes));
  }
}

BOOST_AUTO_TEST_SUITE_END()
