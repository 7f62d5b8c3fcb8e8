/// What the journal's tests share: a folder in memory, a writer whose every step has its place, and a reader.
#pragma once

#include "persistence/journal_reader.hpp"
#include "persistence/journal_writer.hpp"
#include "tests/support/faulty_file_system.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace orderd::test {

inline const std::string folder = "/data/journal";
inline constexpr std::size_t small_segment_bytes = 4'096;

inline uuid journal_identity() {
  uuid identity;
  for (std::size_t i = 0; i < identity.bytes.size(); ++i)
    identity.bytes[i] = static_cast<std::uint8_t>(0xA0 + i);
  return identity;
}

/// From ORDERD_TEST_SEED or fixed; printed, so that a failure can be had again.
inline std::uint64_t test_seed() {
  const char* given = std::getenv("ORDERD_TEST_SEED");
  const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : 20'261'120;
  std::cout << boost::unit_test::framework::current_test_case().p_name.get() << ": ORDERD_TEST_SEED=" << seed
            << '\n';
  return seed;
}

inline journal_options small_journal(std::size_t segment_bytes = small_segment_bytes) {
  return {folder, segment_bytes, journal_identity(), 7};
}

inline result<std::unique_ptr<journal_writer>> try_open(file_system& files, std::uint64_t applied_seq = 0,
                                                        const journal_options& options = small_journal()) {
  return journal_writer::open(
      files, options, applied_seq,
      std::make_unique<inline_preparer>(files, options.folder, options.segment_bytes));
}

inline std::unique_ptr<journal_writer> open_journal(file_system& files, std::uint64_t applied_seq = 0,
                                                    const journal_options& options = small_journal()) {
  auto opened = try_open(files, applied_seq, options);
  BOOST_REQUIRE_MESSAGE(opened.has_value(), (opened ? "" : opened.error().detail));
  return std::move(*opened);
}

/// The payload of a sequence in these tests: its length and bytes depend on the sequence.
inline std::string payload_of(std::uint64_t seq) {
  std::string payload = "frame " + std::to_string(seq) + " ";
  payload.append(static_cast<std::size_t>(seq * 7 % 61), static_cast<char>('a' + seq % 26));
  return payload;
}

/// Appends `frames` frames and syncs them as one group.
inline result<void> write_group(journal_writer& writer, int frames) {
  for (int i = 0; i < frames; ++i)
    writer.append(static_cast<std::uint16_t>(1 + writer.last_seq() % 5), payload_of(writer.last_seq() + 1));
  return writer.sync();
}

/// Checks that the journal holds, from `from` up to `until`, what `write_group` wrote.
inline void check_readable(file_system& files, std::uint64_t from, std::uint64_t until) {
  auto reader = journal_reader::open(files, folder, journal_identity(), from);
  BOOST_REQUIRE_MESSAGE(reader.has_value(), (reader ? "" : reader.error().detail));
  for (std::uint64_t seq = from; seq <= until; ++seq) {
    const auto frame = reader->next(until);
    BOOST_REQUIRE_MESSAGE(frame.has_value(), (frame ? "" : frame.error().detail));
    BOOST_REQUIRE(frame->has_value());
    BOOST_REQUIRE_EQUAL((*frame)->seq, seq);
    BOOST_REQUIRE_EQUAL((*frame)->tag, 1 + (seq - 1) % 5);
    BOOST_REQUIRE_EQUAL((*frame)->epoch, 7);
    BOOST_REQUIRE_EQUAL((*frame)->payload, payload_of(seq));
  }
  const auto end = reader->next(until);
  BOOST_REQUIRE(end.has_value() && !end->has_value());
}

inline std::string path_of(std::uint64_t first_seq) { return folder + "/" + segment_name(first_seq); }

/// The file offsets of the frames of a segment, then the offset behind the last.
inline std::vector<std::size_t> frame_offsets(const std::string& segment) {
  std::vector<std::size_t> offsets{segment_header_bytes};
  for (;;) {
    const auto frame = decode_frame(std::string_view(segment).substr(offsets.back()),
                                    frame_checksum_seed(journal_identity()));
    if (frame.state != frame_state::whole)
      return offsets;
    offsets.push_back(offsets.back() + frame.bytes);
  }
}

/// The first sequences of the segments there are.
inline std::vector<std::uint64_t> segments_in(faulty_file_system& files) {
  std::vector<std::uint64_t> found;
  for (const auto& [path, content] : files.contents())
    if (const auto first_seq = parse_segment_name(path.substr(folder.size() + 1)))
      found.push_back(*first_seq);
  return found;
}

} // namespace orderd::test
