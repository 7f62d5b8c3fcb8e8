#include "persistence/crc32c.hpp"
#include "persistence/journal_format.hpp"
#include "tests/support/journal_fixture.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>

using namespace orderd;
using namespace orderd::test;

namespace {

constexpr const char* golden_path = "tests/golden/journal_v1.segment";

const std::vector<std::string>& golden_payloads() {
  static const std::vector<std::string> payloads{"a", "", "12345678", std::string(100, '\0') + "end",
                                                 std::string("\xFF\x00\x80", 3)};
  return payloads;
}

/// Two groups: of the first three frames and of the others.
std::string golden_segment() {
  faulty_file_system files;
  const auto writer = open_journal(files);
  for (std::size_t i = 0; i < golden_payloads().size(); ++i) {
    writer->append(static_cast<std::uint16_t>(0x0101 * (i + 1)), golden_payloads()[i]);
    if (i == 2)
      BOOST_REQUIRE(writer->sync());
  }
  BOOST_REQUIRE(writer->sync());
  return files.contents().at(path_of(1));
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string sealed(const frame_header& header, std::string_view payload, std::uint32_t seed = 5) {
  std::string buffer(frame_header_bytes, '\0');
  buffer.append(payload);
  seal_frame(buffer, 0, header, seed);
  return buffer;
}

} // namespace

BOOST_AUTO_TEST_SUITE(journal_format)

BOOST_AUTO_TEST_CASE(what_is_written_is_what_the_golden_file_holds) {
  if (std::getenv("ORDERD_WRITE_GOLDEN") != nullptr)
    std::ofstream(golden_path, std::ios::binary) << golden_segment();
  const std::string golden = read_file(golden_path);
  BOOST_REQUIRE_EQUAL(golden.size(), small_segment_bytes);
  BOOST_TEST((golden == golden_segment()));
}

BOOST_AUTO_TEST_CASE(the_golden_file_is_read_back) {
  faulty_file_system files;
  files.put(path_of(1), read_file(golden_path));
  const auto writer = open_journal(files);
  BOOST_TEST(writer->last_seq() == golden_payloads().size());
  BOOST_TEST(writer->recovery().torn_bytes == 0U);
  auto reader = journal_reader::open(files, folder, journal_identity(), 1);
  BOOST_REQUIRE(reader);
  for (std::size_t i = 0; i < golden_payloads().size(); ++i) {
    const auto frame = reader->next(golden_payloads().size());
    BOOST_REQUIRE(frame && *frame);
    BOOST_TEST((*frame)->seq == i + 1);
    BOOST_TEST((*frame)->tag == 0x0101 * (i + 1));
    BOOST_TEST((*frame)->payload == golden_payloads()[i]);
  }
}

BOOST_AUTO_TEST_CASE(a_frame_is_read_as_it_was_sealed) {
  for (std::size_t length = 0; length < 40; ++length) {
    const std::string payload(length, 'x');
    const std::string bytes = sealed({11, 9, 3, 2}, payload);
    BOOST_TEST(bytes.size() % frame_alignment_bytes == 0U);
    const std::string followed = bytes + "more";
    const auto frame = decode_frame(followed, 5);
    BOOST_REQUIRE(frame.state == frame_state::whole);
    BOOST_TEST(frame.bytes == bytes.size());
    BOOST_TEST(frame.header.seq == 11U);
    BOOST_TEST(frame.header.group_first_seq == 9U);
    BOOST_TEST(frame.header.epoch == 3U);
    BOOST_TEST(frame.header.tag == 2);
    BOOST_TEST(frame.payload == payload);
  }
}

BOOST_AUTO_TEST_CASE(the_largest_payload_fits_the_smallest_segment) {
  const std::string bytes = sealed({1, 1, 0, 1}, std::string(payload_bytes_max, 'x'));
  BOOST_TEST(segment_header_bytes + bytes.size() <= segment_bytes_min);
  BOOST_TEST((decode_frame(bytes, 5).state == frame_state::whole));
}

BOOST_AUTO_TEST_CASE(every_flipped_bit_of_a_frame_is_seen) {
  const std::string bytes = sealed({11, 9, 3, 2}, "payload and padding") + std::string(64, '\0');
  for (std::size_t bit = 0; bit < 8 * (bytes.size() - 64); ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    BOOST_TEST_CONTEXT("bit " << bit)
    BOOST_TEST((decode_frame(flipped, 5).state != frame_state::whole));
  }
}

BOOST_AUTO_TEST_CASE(a_frame_of_another_store_is_invalid) {
  BOOST_TEST((decode_frame(sealed({1, 1, 0, 1}, "x", 5), 6).state == frame_state::invalid));
}

BOOST_AUTO_TEST_CASE(zeros_are_the_end_and_a_cut_frame_is_short) {
  BOOST_TEST((decode_frame(std::string(64, '\0'), 5).state == frame_state::end));
  BOOST_TEST((decode_frame("", 5).state == frame_state::end));
  const std::string bytes = sealed({1, 1, 0, 1}, std::string(50, 'x'));
  const auto frame = decode_frame(std::string_view(bytes).substr(0, bytes.size() - 1), 5);
  BOOST_TEST((frame.state == frame_state::short_of));
  BOOST_TEST(frame.bytes == bytes.size());
}

BOOST_AUTO_TEST_CASE(a_segment_header_is_read_as_it_was_written) {
  const auto bytes = encode_segment_header({42, journal_identity()});
  const auto header = decode_segment_header({bytes.data(), bytes.size()}, "s");
  BOOST_REQUIRE(header);
  BOOST_TEST(header->first_seq == 42U);
  BOOST_TEST((header->identity == journal_identity()));
}

BOOST_AUTO_TEST_CASE(every_flipped_bit_of_a_segment_header_is_damage) {
  const auto bytes = encode_segment_header({42, journal_identity()});
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    auto flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    const auto header = decode_segment_header({flipped.data(), flipped.size()}, "the-segment");
    BOOST_REQUIRE(!header);
    BOOST_TEST((header.error().code == error_code::damaged));
    BOOST_TEST(header.error().detail.find("the-segment") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_newer_format_is_told_from_damage) {
  auto bytes = encode_segment_header({42, journal_identity()});
  bytes[8] = 2;
  const std::uint32_t checksum = orderd::crc32c({bytes.data(), 44});
  std::memcpy(bytes.data() + 44, &checksum, 4);
  const auto header = decode_segment_header({bytes.data(), bytes.size()}, "s");
  BOOST_REQUIRE(!header);
  BOOST_TEST((header.error().code == error_code::newer_format));
}

BOOST_AUTO_TEST_CASE(segment_names_sort_as_their_sequences_and_read_back) {
  BOOST_TEST(segment_name(7) == "00000000000000000007.segment");
  BOOST_TEST(segment_name(99) < segment_name(100));
  BOOST_TEST(parse_segment_name(segment_name(UINT64_MAX)).value() == UINT64_MAX);
  for (const char* other : {"prepared.tmp", "7.segment", "0000000000000000000x.segment",
                            "00000000000000000007.segment~", "99999999999999999999.segment", ""})
    BOOST_TEST(!parse_segment_name(other).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
