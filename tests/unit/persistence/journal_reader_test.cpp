#include "persistence/journal_reader.hpp"
#include "tests/support/journal_fixture.hpp"

#include <atomic>
#include <thread>

using namespace orderd;
using namespace orderd::test;

namespace {

journal_reader open_reader(file_system& files, std::uint64_t from_seq) {
  auto opened = journal_reader::open(files, folder, journal_identity(), from_seq);
  BOOST_REQUIRE_MESSAGE(opened.has_value(), (opened ? "" : opened.error().detail));
  return std::move(*opened);
}

/// The error that reading on ends with.
error read_to_failure(journal_reader& reader, std::uint64_t until_seq) {
  for (;;) {
    const auto frame = reader.next(until_seq);
    if (!frame)
      return frame.error();
    BOOST_REQUIRE(frame->has_value());
  }
}

bool names(const error& what, const std::string& segment, std::size_t offset) {
  return what.code == error_code::damaged && what.detail.find(segment) != std::string::npos &&
         what.detail.find("offset " + std::to_string(offset) + ":") != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(journal_reader_)

BOOST_AUTO_TEST_CASE(reading_may_begin_at_every_sequence) {
  faulty_file_system files;
  const auto writer = open_journal(files);
  BOOST_REQUIRE(write_group(*writer, 200));
  for (std::uint64_t from = 1; from <= 201; ++from)
    check_readable(files, from, 200);
}

BOOST_AUTO_TEST_CASE(nothing_behind_until_is_read) {
  faulty_file_system files;
  const auto writer = open_journal(files);
  BOOST_REQUIRE(write_group(*writer, 5));
  auto reader = open_reader(files, 1);
  for (std::uint64_t until = 0; until <= 5; ++until) {
    while (reader.next(until).value()) {
    }
    BOOST_TEST(reader.next_seq() == until + 1);
  }
}

BOOST_AUTO_TEST_CASE(a_reader_opened_before_the_first_frame_follows_the_writer) {
  faulty_file_system files;
  const auto writer = open_journal(files);
  auto reader = open_reader(files, 1);
  for (int group = 0; group < 60; ++group) {
    BOOST_REQUIRE(write_group(*writer, 1 + group % 9));
    while (const auto frame = reader.next(writer->synced_seq()).value())
      BOOST_REQUIRE_EQUAL(frame->payload, payload_of(frame->seq));
    BOOST_REQUIRE_EQUAL(reader.next_seq(), writer->last_seq() + 1);
  }
  BOOST_TEST(segments_in(files).size() > 3U);
}

BOOST_AUTO_TEST_CASE(frames_larger_than_the_read_ahead_are_read) {
  faulty_file_system files;
  const auto options = small_journal(segment_bytes_min);
  const auto writer = open_journal(files, 0, options);
  auto reader = open_reader(files, 1);
  for (const std::size_t bytes :
       {read_ahead_bytes - 40, read_ahead_bytes, read_ahead_bytes * 2 + 1, std::size_t{3}, payload_bytes_max})
    writer->append(1, std::string(bytes, static_cast<char>('a' + bytes % 26)));
  BOOST_REQUIRE(writer->sync());
  for (const std::size_t bytes :
       {read_ahead_bytes - 40, read_ahead_bytes, read_ahead_bytes * 2 + 1, std::size_t{3}, payload_bytes_max})
    BOOST_TEST(
        (reader.next(5).value().value().payload == std::string(bytes, static_cast<char>('a' + bytes % 26))));
}

BOOST_AUTO_TEST_CASE(a_reader_on_another_thread_sees_exactly_what_was_synced) {
  faulty_file_system files;
  auto opened = journal_writer::open(files, small_journal(64 * 1'024), 0);
  BOOST_REQUIRE(opened);
  auto reader = open_reader(files, 1);
  constexpr std::uint64_t frames = 20'000;
  std::atomic<std::uint64_t> synced{0};
  std::atomic<bool> wrote_all{true};
  std::thread writing([&, writer = std::move(*opened)] {
    while (writer->synced_seq() < frames && wrote_all) {
      for (std::uint64_t i = 0; i <= writer->last_seq() % 37; ++i)
        writer->append(1, payload_of(writer->last_seq() + 1));
      wrote_all = writer->sync().has_value();
      synced = writer->synced_seq();
      synced.notify_one();
    }
  });
  std::uint64_t wrong = 0;
  std::string trouble;
  while (reader.next_seq() <= frames && trouble.empty() && wrote_all) {
    const std::uint64_t until = synced;
    if (until < reader.next_seq()) {
      synced.wait(until);
      continue;
    }
    const auto frame = reader.next(until);
    if (!frame)
      trouble = frame.error().detail;
    else
      wrong += (*frame)->payload != payload_of((*frame)->seq);
  }
  writing.join();
  BOOST_TEST(trouble == "");
  BOOST_TEST(wrong == 0U);
  BOOST_TEST(wrote_all.load());
  BOOST_TEST(reader.next_seq() > frames);
}

BOOST_AUTO_TEST_CASE(a_segment_that_is_gone_is_named) {
  faulty_file_system files;
  const auto writer = open_journal(files);
  while (segments_in(files).size() < 3)
    BOOST_REQUIRE(write_group(*writer, 7));
  const auto segments = segments_in(files);
  auto reader = open_reader(files, 1);
  BOOST_REQUIRE(files.remove(path_of(segments[1])));
  const auto trouble = read_to_failure(reader, writer->synced_seq());
  BOOST_TEST((trouble.code == error_code::damaged));
  BOOST_TEST(trouble.detail.find(segment_name(segments[1])) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_sequence_before_the_oldest_segment_is_refused) {
  faulty_file_system files;
  const auto writer = open_journal(files);
  while (segments_in(files).size() < 2)
    BOOST_REQUIRE(write_group(*writer, 7));
  BOOST_REQUIRE(writer->release_applied(writer->synced_seq()));
  const auto opened = journal_reader::open(files, folder, journal_identity(), 1);
  BOOST_REQUIRE(!opened);
  BOOST_TEST((opened.error().code == error_code::damaged));
}

BOOST_AUTO_TEST_CASE(a_flipped_bit_in_a_synced_frame_is_named) {
  faulty_file_system files;
  const auto writer = open_journal(files);
  BOOST_REQUIRE(write_group(*writer, 9));
  const auto content = files.contents().at(path_of(1));
  const auto at = frame_offsets(content)[4];
  files.overwrite(path_of(1), at + 34, std::string(1, static_cast<char>(content[at + 34] ^ 4)));
  auto reader = open_reader(files, 1);
  BOOST_TEST(names(read_to_failure(reader, 9), path_of(1), at));
  BOOST_TEST(reader.next_seq() == 5U);
}

BOOST_AUTO_TEST_CASE(a_zeroed_frame_is_named_also_when_it_is_the_first) {
  for (const std::size_t zeroed : {std::size_t{0}, std::size_t{5}}) {
    faulty_file_system files;
    const auto writer = open_journal(files);
    BOOST_REQUIRE(write_group(*writer, 9));
    const auto at = frame_offsets(files.contents().at(path_of(1)))[zeroed];
    files.overwrite(path_of(1), at, std::string(8, '\0'));
    auto reader = open_reader(files, 1);
    BOOST_TEST(names(read_to_failure(reader, 9), path_of(1), at));
  }
}

BOOST_AUTO_TEST_CASE(a_frame_in_the_place_of_another_is_named) {
  faulty_file_system files;
  const auto writer = open_journal(files);
  for (int i = 0; i < 3; ++i)
    writer->append(1, "of equal length");
  BOOST_REQUIRE(writer->sync());
  const auto content = files.contents().at(path_of(1));
  const auto offsets = frame_offsets(content);
  files.overwrite(path_of(1), offsets[1], content.substr(offsets[2], offsets[3] - offsets[2]));
  auto reader = open_reader(files, 1);
  BOOST_TEST(names(read_to_failure(reader, 3), path_of(1), offsets[1]));
}

BOOST_AUTO_TEST_CASE(a_read_error_is_reported_and_the_next_call_goes_on) {
  faulty_file_system files;
  const auto writer = open_journal(files);
  BOOST_REQUIRE(write_group(*writer, 3));
  auto reader = open_reader(files, 1);
  files.inject(call::read, effect::io_error);
  const auto failed = reader.next(3);
  BOOST_REQUIRE(!failed);
  BOOST_TEST((failed.error().code == error_code::io_failed));
  BOOST_TEST(reader.next(3).value().value().payload == payload_of(1));
}

BOOST_AUTO_TEST_CASE(the_journal_of_another_store_is_refused) {
  faulty_file_system files;
  const auto writer = open_journal(files);
  const auto opened = journal_reader::open(files, folder, uuid{}, 1);
  BOOST_REQUIRE(!opened);
  BOOST_TEST(names(opened.error(), path_of(1), 24));
}

BOOST_AUTO_TEST_SUITE_END()
