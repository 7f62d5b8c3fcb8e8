#include "persistence/journal_recovery.hpp"
#include "tests/support/journal_fixture.hpp"

#include <algorithm>

using namespace orderd;
using namespace orderd::test;

namespace {

/// Three groups in one segment: frames 1-3, 4-7 and 8-11. `offsets[i]` is where frame i + 1 begins.
struct one_segment {
  faulty_file_system files;
  std::string content;
  std::vector<std::size_t> offsets;

  one_segment() {
    const auto writer = open_journal(files);
    for (const int frames : {3, 4, 4})
      BOOST_REQUIRE(write_group(*writer, frames));
    content = files.contents().at(path_of(1));
    offsets = frame_offsets(content);
    BOOST_REQUIRE_EQUAL(offsets.size(), 12U);
  }

  void flip_bit(std::size_t offset) {
    files.overwrite(path_of(1), offset, std::string(1, static_cast<char>(content[offset] ^ 16)));
  }
  void zero(std::size_t begin, std::size_t end) {
    files.overwrite(path_of(1), begin, std::string(end - begin, '\0'));
  }
};

/// At least `count` segments of small groups.
struct many_segments {
  faulty_file_system files;
  std::vector<std::uint64_t> segments;
  std::uint64_t last_seq = 0;

  many_segments() {
    const auto writer = open_journal(files);
    while (segments_in(files).size() < 4)
      BOOST_REQUIRE(write_group(*writer, 7));
    BOOST_REQUIRE(write_group(*writer, 2));
    last_seq = writer->last_seq();
    segments = segments_in(files);
  }
};

/// Opening is refused as damage that names these, and no file has changed.
void check_refused(faulty_file_system& files, const std::string& segment, std::size_t offset,
                   std::uint64_t applied_seq = 0) {
  const auto before = files.contents();
  const auto opened = try_open(files, applied_seq);
  BOOST_REQUIRE(!opened);
  BOOST_TEST((opened.error().code == error_code::damaged));
  BOOST_TEST_CONTEXT(opened.error().detail) {
    BOOST_TEST(opened.error().detail.find(segment) != std::string::npos);
    BOOST_TEST(opened.error().detail.find("offset " + std::to_string(offset) + ":") != std::string::npos);
  }
  BOOST_TEST((files.contents() == before));
}

/// Opening cuts from `offset` on and keeps the frames up to `last_seq`; a second opening changes nothing;
/// then writing and reading go on.
void check_cut(faulty_file_system& files, std::size_t offset, std::uint64_t last_seq) {
  {
    const auto writer = open_journal(files);
    BOOST_TEST(writer->last_seq() == last_seq);
    BOOST_TEST(writer->recovery().torn_segment == path_of(1));
    BOOST_TEST(writer->recovery().torn_offset == offset);
    BOOST_TEST(writer->recovery().torn_bytes > 0U);
  }
  const auto repaired = files.contents();
  BOOST_TEST((repaired.at(path_of(1)).substr(offset) == std::string(small_segment_bytes - offset, '\0')));
  const auto writer = open_journal(files);
  BOOST_TEST(writer->recovery().torn_bytes == 0U);
  BOOST_TEST((files.contents() == repaired));
  BOOST_REQUIRE(write_group(*writer, 3));
  check_readable(files, 1, last_seq + 3);
}

} // namespace

BOOST_AUTO_TEST_SUITE(journal_recovery_)

BOOST_AUTO_TEST_CASE(a_whole_journal_is_reported_and_not_changed) {
  one_segment journal;
  const auto writer = open_journal(journal.files);
  const auto& report = writer->recovery();
  BOOST_TEST(report.segments == 1U);
  BOOST_TEST(report.frames == 11U);
  BOOST_TEST(report.bytes == journal.offsets[11] - journal.offsets[0]);
  BOOST_TEST(report.last_seq == 11U);
  BOOST_TEST(report.torn_bytes == 0U);
  BOOST_TEST(report.torn_segment == "");
  BOOST_TEST((journal.files.contents().at(path_of(1)) == journal.content));
}

BOOST_AUTO_TEST_CASE(torn_tail_is_cut_and_reported_at_every_byte_of_the_last_frame) {
  const one_segment whole;
  for (std::size_t kept = whole.offsets[10] + 1; kept < whole.offsets[11]; ++kept) {
    if (whole.content.find_first_not_of('\0', kept) >= whole.offsets[11])
      continue; // Only zeros are missing: the frame is whole.
    one_segment journal;
    journal.zero(kept, whole.offsets[11]);
    BOOST_TEST_CONTEXT("kept up to " << kept)
    check_cut(journal.files, whole.offsets[10], 10);
  }
}

BOOST_AUTO_TEST_CASE(a_file_that_ends_within_the_last_frame_is_a_torn_tail) {
  for (std::size_t less = 1; less < 40; ++less) {
    one_segment journal;
    const std::size_t end = journal.offsets[11] - less;
    if (journal.content.find_first_not_of('\0', end) < journal.offsets[11] || less < 8)
      journal.files.put(path_of(1), journal.content.substr(0, end));
    else
      continue;
    const auto writer = open_journal(journal.files);
    BOOST_TEST(writer->last_seq() == 10U);
    BOOST_REQUIRE(write_group(*writer, 200));
    check_readable(journal.files, 1, 210);
  }
}

BOOST_AUTO_TEST_CASE(a_flipped_bit_in_the_last_group_is_a_torn_tail_from_there) {
  for (std::size_t frame = 7; frame < 11; ++frame) {
    one_segment journal;
    journal.flip_bit(journal.offsets[frame] + 33);
    check_cut(journal.files, journal.offsets[frame], frame);
  }
}

BOOST_AUTO_TEST_CASE(a_flipped_bit_before_the_last_group_is_damage) {
  for (std::size_t frame = 0; frame < 7; ++frame)
    for (const std::size_t byte : {0, 5, 9, 17, 25, 28, 30, 33}) {
      one_segment journal;
      journal.flip_bit(journal.offsets[frame] + byte);
      check_refused(journal.files, path_of(1), journal.offsets[frame]);
    }
}

BOOST_AUTO_TEST_CASE(a_zeroed_sector_before_the_last_group_is_damage) {
  faulty_file_system files;
  {
    const auto writer = open_journal(files);
    for (int group = 0; group < 14; ++group)
      BOOST_REQUIRE(write_group(*writer, 2));
  }
  const auto offsets = frame_offsets(files.contents().at(path_of(1)));
  const auto first_hit = *std::prev(std::upper_bound(offsets.begin(), offsets.end(), 512U));
  BOOST_REQUIRE_GT(offsets.back(), 1'200U);
  files.overwrite(path_of(1), 512, std::string(512, '\0'));
  check_refused(files, path_of(1), first_hit);
}

BOOST_AUTO_TEST_CASE(zeroed_frames_followed_by_a_later_group_are_damage) {
  one_segment journal;
  journal.zero(journal.offsets[3], journal.offsets[7]);
  check_refused(journal.files, path_of(1), journal.offsets[3]);
}

BOOST_AUTO_TEST_CASE(zeroed_frames_followed_by_others_of_their_group_are_a_torn_tail) {
  one_segment journal;
  journal.zero(journal.offsets[7], journal.offsets[9]);
  check_cut(journal.files, journal.offsets[7], 7);
}

BOOST_AUTO_TEST_CASE(one_whole_last_frame_is_enough_to_know_an_earlier_group_was_synced) {
  one_segment journal;
  journal.zero(journal.offsets[5], journal.offsets[10]);
  check_refused(journal.files, path_of(1), journal.offsets[5]);
}

BOOST_AUTO_TEST_CASE(a_whole_frame_out_of_its_order_is_damage) {
  one_segment journal;
  const auto frame = journal.content.substr(journal.offsets[1], journal.offsets[2] - journal.offsets[1]);
  journal.files.overwrite(path_of(1), journal.offsets[11], frame);
  check_refused(journal.files, path_of(1), journal.offsets[11]);
}

BOOST_AUTO_TEST_CASE(an_old_frame_behind_a_torn_one_is_damage) {
  one_segment journal;
  const auto frame = journal.content.substr(journal.offsets[1], journal.offsets[2] - journal.offsets[1]);
  journal.zero(journal.offsets[9], journal.offsets[11]);
  journal.files.overwrite(path_of(1), journal.offsets[10], frame);
  check_refused(journal.files, path_of(1), journal.offsets[9]);
}

BOOST_AUTO_TEST_CASE(bytes_of_a_frame_within_a_torn_payload_cannot_pass_for_a_frame) {
  faulty_file_system files;
  // What a client who knows the format, but not the store's identity, could put into a payload.
  std::string forged(frame_header_bytes, '\0');
  forged += "forged";
  seal_frame(forged, 0, {900, 900, 7, 1}, frame_checksum_seed(uuid{}));
  std::size_t torn_at = 0;
  {
    const auto writer = open_journal(files);
    BOOST_REQUIRE(write_group(*writer, 2));
    torn_at = frame_offsets(files.contents().at(path_of(1)))[2];
    writer->append(1, forged + forged);
    BOOST_REQUIRE(writer->sync());
  }
  files.overwrite(path_of(1), torn_at, std::string(8, '\0'));
  check_cut(files, torn_at, 2);
}

BOOST_AUTO_TEST_CASE(damage_in_an_earlier_segment_is_refused_wherever_it_is) {
  const many_segments whole;
  const auto content = whole.files.contents().at(path_of(whole.segments[1]));
  const auto offsets = frame_offsets(content);
  for (std::size_t frame = 0; frame + 1 < offsets.size(); ++frame)
    for (const bool zeroed : {false, true}) {
      many_segments journal;
      const auto at = offsets[frame];
      journal.files.overwrite(path_of(whole.segments[1]), at,
                              zeroed ? std::string(8, '\0')
                                     : std::string(1, static_cast<char>(content[at] ^ 1)));
      check_refused(journal.files, path_of(whole.segments[1]), at);
    }
}

BOOST_AUTO_TEST_CASE(a_shortened_earlier_segment_is_refused) {
  many_segments journal;
  const auto path = path_of(journal.segments[0]);
  const auto content = journal.files.contents().at(path);
  const auto offsets = frame_offsets(content);
  const auto last = offsets[offsets.size() - 2];
  for (const std::size_t kept : {last, last + 20, offsets.back() - 1}) {
    journal.files.put(path, content.substr(0, kept));
    check_refused(journal.files, path, last);
  }
}

BOOST_AUTO_TEST_CASE(bytes_behind_the_frames_of_an_earlier_segment_are_refused) {
  many_segments journal;
  const auto path = path_of(journal.segments[1]);
  const auto end = frame_offsets(journal.files.contents().at(path)).back();
  journal.files.overwrite(path, end, "x");
  check_refused(journal.files, path, end);
}

BOOST_AUTO_TEST_CASE(a_missing_segment_is_refused_and_named_by_the_one_before) {
  many_segments journal;
  BOOST_REQUIRE(journal.files.remove(path_of(journal.segments[1])));
  const auto end = frame_offsets(journal.files.contents().at(path_of(journal.segments[0]))).back();
  check_refused(journal.files, path_of(journal.segments[0]), end);
}

BOOST_AUTO_TEST_CASE(a_missing_oldest_segment_is_refused_unless_it_was_applied) {
  many_segments journal;
  BOOST_REQUIRE(journal.files.remove(path_of(journal.segments[0])));
  check_refused(journal.files, path_of(journal.segments[1]), 0, journal.segments[1] - 2);
  BOOST_TEST(open_journal(journal.files, journal.segments[1] - 1)->last_seq() == journal.last_seq);
}

BOOST_AUTO_TEST_CASE(a_missing_newest_segment_is_refused_once_the_store_has_gone_past) {
  many_segments journal;
  BOOST_REQUIRE(journal.files.remove(path_of(journal.segments[3])));
  const auto end = frame_offsets(journal.files.contents().at(path_of(journal.segments[2]))).back();
  check_refused(journal.files, path_of(journal.segments[2]), end, journal.last_seq);
}

BOOST_AUTO_TEST_CASE(a_journal_without_segments_is_refused_once_the_store_has_applied_any) {
  faulty_file_system files;
  check_refused(files, folder, 0, 1);
}

BOOST_AUTO_TEST_CASE(swapped_segments_are_refused) {
  many_segments journal;
  const auto contents = journal.files.contents();
  journal.files.put(path_of(journal.segments[0]), contents.at(path_of(journal.segments[1])));
  journal.files.put(path_of(journal.segments[1]), contents.at(path_of(journal.segments[0])));
  check_refused(journal.files, path_of(journal.segments[0]), 16);
}

BOOST_AUTO_TEST_CASE(a_segment_of_another_store_is_refused) {
  many_segments journal;
  const auto header = encode_segment_header({journal.segments[2], uuid{}});
  journal.files.overwrite(path_of(journal.segments[2]), 0, {header.data(), header.size()});
  check_refused(journal.files, path_of(journal.segments[2]), 24);
}

BOOST_AUTO_TEST_CASE(a_damaged_segment_header_is_refused_also_in_the_last_segment) {
  for (const std::size_t segment : {0, 3}) {
    many_segments journal;
    journal.files.overwrite(path_of(journal.segments[segment]), 20, "x");
    check_refused(journal.files, path_of(journal.segments[segment]), 44);
    journal.files.put(path_of(journal.segments[segment]), "ORDERDJL");
    check_refused(journal.files, path_of(journal.segments[segment]), 8);
  }
}

BOOST_AUTO_TEST_CASE(a_store_ahead_of_a_torn_journal_is_refused_before_anything_is_cut) {
  one_segment journal;
  journal.flip_bit(journal.offsets[9] + 33);
  check_refused(journal.files, path_of(1), journal.offsets[9], 11);
}

BOOST_AUTO_TEST_CASE(a_group_whose_sync_failed_is_durable_once_recovery_has_shown_it) {
  const auto seed = test_seed();
  for (std::uint64_t run = 0; run < 50; ++run) {
    faulty_file_system files(seed + run);
    auto writer = open_journal(files);
    BOOST_REQUIRE(write_group(*writer, 5));
    files.inject(call::sync, effect::lost_sync);
    BOOST_REQUIRE(!write_group(*writer, 30));
    writer.reset();
    // The process ends, the page cache stays and looks clean.
    files.restart_process();
    BOOST_REQUIRE_EQUAL(open_journal(files)->last_seq(), 35U);
    files.restart_after_power_cut();
    BOOST_REQUIRE_EQUAL(open_journal(files)->last_seq(), 35U);
    check_readable(files, 1, 35);
  }
}

BOOST_AUTO_TEST_CASE(a_segment_whose_name_was_not_synced_is_durable_once_recovery_has_shown_it) {
  const auto seed = test_seed();
  for (std::uint64_t run = 0; run < 20; ++run) {
    faulty_file_system files(seed + run);
    auto writer = open_journal(files);
    while (segments_in(files).size() == 1) {
      files.inject(call::sync_folder, effect::io_error);
      static_cast<void>(write_group(*writer, 5));
    }
    const auto last_seq = writer->last_seq();
    BOOST_REQUIRE_LT(writer->synced_seq(), last_seq);
    writer.reset();
    files.restart_process();
    BOOST_REQUIRE_EQUAL(open_journal(files)->last_seq(), last_seq);
    files.restart_after_power_cut();
    BOOST_REQUIRE_EQUAL(open_journal(files)->last_seq(), last_seq);
    check_readable(files, 1, last_seq);
  }
}

BOOST_AUTO_TEST_CASE(an_error_during_recovery_is_reported_and_the_next_one_succeeds) {
  for (const auto kind : {call::open, call::read, call::write, call::sync, call::sync_folder})
    for (std::uint64_t nth = 1; nth < 4; ++nth) {
      one_segment journal;
      journal.flip_bit(journal.offsets[9] + 33);
      journal.files.inject(kind, effect::io_error, nth);
      static_cast<void>(try_open(journal.files));
      journal.files.restart_process();
      const auto writer = open_journal(journal.files);
      BOOST_TEST(writer->last_seq() == 9U);
      BOOST_REQUIRE(write_group(*writer, 2));
      check_readable(journal.files, 1, 11);
    }
}

BOOST_AUTO_TEST_SUITE_END()
