#include "persistence/journal_writer.hpp"
#include "tests/support/journal_fixture.hpp"

using namespace orderd;
using namespace orderd::test;

namespace {

/// Room for one frame of this payload in a small segment, not for two.
const std::string over_half_a_segment(2'200, 'h');

void fill_current_segment(journal_writer& writer, faulty_file_system& files) {
  const auto segments = segments_in(files).size();
  while (segments_in(files).size() == segments)
    BOOST_REQUIRE(write_group(writer, 3));
}

} // namespace

BOOST_AUTO_TEST_SUITE(journal_writer_)

BOOST_AUTO_TEST_CASE(sequences_begin_with_one_and_have_no_gap) {
  faulty_file_system files;
  const auto writer = open_journal(files);
  BOOST_TEST(writer->last_seq() == 0U);
  for (std::uint64_t seq = 1; seq <= 5; ++seq)
    BOOST_TEST(writer->append(1, "x") == seq);
  BOOST_TEST(writer->last_seq() == 5U);
  BOOST_TEST(writer->synced_seq() == 0U);
  BOOST_REQUIRE(writer->sync());
  BOOST_TEST(writer->synced_seq() == 5U);
  BOOST_TEST(writer->buffered_bytes() == 0U);
}

BOOST_AUTO_TEST_CASE(a_group_costs_one_write_and_one_sync) {
  faulty_file_system files;
  const auto writer = open_journal(files);
  const auto changes = files.changes();
  const auto syncs = writer->counters().syncs;
  BOOST_REQUIRE(write_group(*writer, 20));
  BOOST_TEST(files.changes() - changes == 2U);
  BOOST_TEST(writer->counters().syncs - syncs == 1U);
  BOOST_TEST(writer->counters().frames == 20U);
  BOOST_TEST(writer->counters().bytes == writer->backlog_bytes() - segment_header_bytes);
}

BOOST_AUTO_TEST_CASE(a_sync_of_nothing_touches_nothing) {
  faulty_file_system files;
  const auto writer = open_journal(files);
  const auto changes = files.changes();
  BOOST_REQUIRE(writer->sync());
  BOOST_TEST(files.changes() == changes);
}

BOOST_AUTO_TEST_CASE(a_frame_encoded_in_place_is_the_same_as_an_appended_one) {
  faulty_file_system files;
  const auto writer = open_journal(files);
  writer->append(3, payload_of(1));
  writer->begin_frame(3) += payload_of(1);
  BOOST_TEST(writer->end_frame() == 2U);
  BOOST_REQUIRE(writer->sync());
  auto reader = journal_reader::open(files, folder, journal_identity(), 1);
  BOOST_REQUIRE(reader);
  for (int i = 0; i < 2; ++i) {
    const auto frame = reader->next(2);
    BOOST_REQUIRE(frame && *frame);
    BOOST_TEST((*frame)->payload == payload_of(1));
    BOOST_TEST((*frame)->tag == 3);
  }
}

BOOST_AUTO_TEST_CASE(a_full_segment_is_followed_by_the_next_without_a_gap) {
  faulty_file_system files;
  const auto writer = open_journal(files);
  while (segments_in(files).size() < 4)
    BOOST_REQUIRE(write_group(*writer, 7));
  check_readable(files, 1, writer->synced_seq());
  for (const auto& [path, content] : files.contents())
    BOOST_TEST(content.size() == small_segment_bytes);
}

BOOST_AUTO_TEST_CASE(a_group_that_the_rest_is_too_small_for_goes_into_the_next_segment_whole) {
  faulty_file_system files;
  const auto writer = open_journal(files);
  writer->append(1, over_half_a_segment);
  BOOST_REQUIRE(writer->sync());
  writer->append(1, "small, and would fit");
  writer->append(1, over_half_a_segment);
  BOOST_REQUIRE(writer->sync());
  BOOST_TEST(segments_in(files) == (std::vector<std::uint64_t>{1, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_group_larger_than_a_segment_is_split_at_frames_and_synced_in_parts) {
  faulty_file_system files;
  {
    const auto writer = open_journal(files);
    BOOST_REQUIRE(write_group(*writer, 300));
    BOOST_TEST(writer->synced_seq() == 300U);
    BOOST_TEST(segments_in(files).size() > 3U);
  }
  for (const auto& [path, content] : files.contents())
    BOOST_TEST(content.size() == small_segment_bytes);
  check_readable(files, 1, 300);
  const auto again = open_journal(files);
  BOOST_TEST(again->last_seq() == 300U);
  BOOST_TEST(again->recovery().frames == 300U);
}

BOOST_AUTO_TEST_CASE(the_largest_payload_goes_through_the_smallest_production_segment) {
  faulty_file_system files;
  const auto options = small_journal(segment_bytes_min);
  const auto writer = open_journal(files, 0, options);
  const std::string payload(payload_bytes_max, 'p');
  for (int i = 0; i < 3; ++i)
    writer->append(1, payload);
  BOOST_REQUIRE(writer->sync());
  auto reader = journal_reader::open(files, folder, journal_identity(), 1);
  BOOST_REQUIRE(reader);
  for (int i = 0; i < 3; ++i) {
    const auto frame = reader->next(3);
    BOOST_REQUIRE(frame && *frame);
    BOOST_TEST(((*frame)->payload == payload));
  }
}

BOOST_AUTO_TEST_CASE(writing_goes_on_where_recovery_ended) {
  faulty_file_system files;
  for (int run = 0; run < 6; ++run)
    BOOST_REQUIRE(write_group(*open_journal(files), 11));
  check_readable(files, 1, 66);
}

BOOST_AUTO_TEST_CASE(segments_of_another_size_are_kept_and_new_ones_have_the_new_size) {
  faulty_file_system files;
  BOOST_REQUIRE(write_group(*open_journal(files), 10));
  const auto options = small_journal(2 * small_segment_bytes);
  const auto writer = open_journal(files, 0, options);
  fill_current_segment(*writer, files);
  check_readable(files, 1, writer->synced_seq());
  BOOST_TEST(files.contents().at(path_of(1)).size() == small_segment_bytes);
  BOOST_TEST(files.contents().at(path_of(segments_in(files).back())).size() == 2 * small_segment_bytes);
}

BOOST_AUTO_TEST_CASE(an_impossible_segment_size_is_refused) {
  faulty_file_system files;
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{4'095}, segment_bytes_max + 4'096}) {
    const auto opened = try_open(files, 0, small_journal(bytes));
    BOOST_REQUIRE(!opened);
    BOOST_TEST((opened.error().code == error_code::invalid_setting));
  }
}

BOOST_AUTO_TEST_CASE(release_deletes_only_segments_that_are_wholly_applied) {
  faulty_file_system files;
  const auto writer = open_journal(files);
  while (segments_in(files).size() < 4)
    BOOST_REQUIRE(write_group(*writer, 7));
  const auto segments = segments_in(files);
  const auto backlog = writer->backlog_bytes();
  BOOST_REQUIRE(writer->release_applied(segments[1] - 2));
  BOOST_TEST(segments_in(files).size() == 4U);
  BOOST_REQUIRE(writer->release_applied(segments[1] - 1));
  BOOST_TEST(segments_in(files).size() == 3U);
  BOOST_TEST(writer->backlog_bytes() == backlog - small_segment_bytes);
  BOOST_REQUIRE(writer->release_applied(segments[3] - 2));
  BOOST_TEST(segments_in(files).size() == 2U);
  check_readable(files, segments[2], writer->synced_seq());
}

BOOST_AUTO_TEST_CASE(release_keeps_the_current_segment_even_when_all_is_applied) {
  faulty_file_system files;
  std::uint64_t last = 0;
  {
    const auto writer = open_journal(files);
    while (segments_in(files).size() < 3)
      BOOST_REQUIRE(write_group(*writer, 7));
    last = writer->last_seq();
    BOOST_REQUIRE(writer->release_applied(last));
    BOOST_TEST(segments_in(files).size() == 1U);
  }
  const auto again = open_journal(files, last);
  BOOST_TEST(again->last_seq() == last);
  BOOST_REQUIRE(write_group(*again, 1));
  check_readable(files, last + 1, last + 1);
}

BOOST_AUTO_TEST_CASE(a_failed_release_is_made_good_by_the_next) {
  for (const auto kind : {call::remove, call::sync_folder}) {
    faulty_file_system files;
    const auto writer = open_journal(files);
    while (segments_in(files).size() < 4)
      BOOST_REQUIRE(write_group(*writer, 7));
    files.inject(kind, effect::io_error);
    BOOST_TEST(!writer->release_applied(writer->synced_seq()));
    BOOST_REQUIRE(writer->release_applied(writer->synced_seq()));
    BOOST_TEST(segments_in(files).size() == 1U);
    BOOST_REQUIRE(write_group(*writer, 3));
  }
}

BOOST_AUTO_TEST_CASE(a_failed_sync_ends_writing_for_good) {
  for (const auto& [kind, what] :
       std::initializer_list<std::pair<call, effect>>{{call::sync, effect::io_error},
                                                      {call::sync, effect::lost_sync},
                                                      {call::write, effect::io_error},
                                                      {call::write, effect::short_write},
                                                      {call::write, effect::full_disk}}) {
    faulty_file_system files;
    const auto writer = open_journal(files);
    BOOST_REQUIRE(write_group(*writer, 3));
    files.inject(kind, what);
    const auto failed = write_group(*writer, 3);
    BOOST_REQUIRE(!failed);
    BOOST_TEST(writer->synced_seq() == 3U);
    BOOST_TEST(writer->headroom_bytes() == 0U);
    const auto changes = files.changes();
    const auto again = write_group(*writer, 1);
    BOOST_REQUIRE(!again);
    BOOST_TEST(again.error().detail == failed.error().detail);
    BOOST_TEST(!writer->release_applied(3));
    BOOST_TEST(files.changes() == changes);
  }
}

BOOST_AUTO_TEST_CASE(every_failure_while_rolling_is_final_and_loses_nothing_synced) {
  for (const auto kind : {call::write, call::sync, call::rename, call::sync_folder}) {
    faulty_file_system files;
    auto writer = open_journal(files);
    writer->append(1, over_half_a_segment);
    BOOST_REQUIRE(writer->sync());
    files.inject(kind, effect::io_error);
    writer->append(1, over_half_a_segment);
    BOOST_TEST(!writer->sync());
    BOOST_TEST(!writer->sync());
    BOOST_TEST(writer->synced_seq() == 1U);
    writer.reset();
    files.restart_process();
    writer = open_journal(files);
    BOOST_TEST(writer->last_seq() >= 1U);
    BOOST_TEST(writer->last_seq() <= 2U);
    writer->append(1, over_half_a_segment);
    BOOST_TEST(writer->sync().has_value());
  }
}

BOOST_AUTO_TEST_CASE(headroom_shrinks_with_what_is_written_and_buffered) {
  faulty_file_system files;
  const auto writer = open_journal(files);
  const auto whole = writer->headroom_bytes();
  BOOST_TEST(whole == 2 * (small_segment_bytes - segment_header_bytes));
  writer->append(1, "12345678");
  BOOST_TEST(writer->headroom_bytes() == whole - 40);
  BOOST_REQUIRE(writer->sync());
  BOOST_TEST(writer->headroom_bytes() == whole - 40);
}

BOOST_AUTO_TEST_CASE(a_full_disk_shrinks_the_headroom_and_loses_nothing_and_heals) {
  faulty_file_system files;
  files.set_capacity(2 * small_segment_bytes);
  const auto writer = open_journal(files);
  writer->append(1, over_half_a_segment);
  BOOST_REQUIRE(writer->sync());
  writer->append(1, over_half_a_segment);
  BOOST_REQUIRE(writer->sync());
  // The second segment is the prepared one; a third finds no space, and the first cannot go yet.
  BOOST_TEST(writer->headroom_bytes() < small_segment_bytes);
  writer->append(1, over_half_a_segment);
  const auto refused = writer->sync();
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().code == error_code::no_space));
  BOOST_TEST(writer->synced_seq() == 2U);
  BOOST_TEST(files.contents().size() == 2U);

  BOOST_REQUIRE(writer->release_applied(1));
  BOOST_REQUIRE(writer->sync());
  BOOST_TEST(writer->synced_seq() == 3U);
  files.set_capacity(UINT64_MAX);
  writer->append(1, over_half_a_segment);
  BOOST_REQUIRE(writer->sync());
  BOOST_TEST(writer->headroom_bytes() > small_segment_bytes);
  auto reader = journal_reader::open(files, folder, journal_identity(), 2);
  BOOST_REQUIRE(reader);
  for (int seq = 2; seq <= 4; ++seq)
    BOOST_TEST(reader->next(4).value().value().payload == over_half_a_segment);
}

BOOST_AUTO_TEST_CASE(the_disk_may_fill_in_the_midst_of_a_split_group) {
  faulty_file_system files;
  files.set_capacity(3 * small_segment_bytes);
  auto writer = open_journal(files);
  BOOST_TEST(!write_group(*writer, 300));
  const auto synced = writer->synced_seq();
  BOOST_TEST(synced > 0U);
  BOOST_TEST(synced < 300U);
  check_readable(files, 1, synced);
  files.set_capacity(UINT64_MAX);
  BOOST_REQUIRE(write_group(*writer, 5));
  BOOST_TEST(writer->synced_seq() == 305U);
  check_readable(files, 1, 305);
}

BOOST_AUTO_TEST_CASE(an_attempt_that_found_the_disk_full_gives_its_space_back) {
  faulty_file_system files;
  files.inject(call::write, effect::full_disk);
  const auto prepared = prepare_segment(files, folder, small_segment_bytes);
  BOOST_REQUIRE(!prepared);
  BOOST_TEST((prepared.error().code == error_code::no_space));
  BOOST_TEST(files.contents().empty());
}

BOOST_AUTO_TEST_CASE(a_prepared_segment_is_durable_zeros_whatever_was_there) {
  const auto seed = test_seed();
  for (std::uint64_t run = 0; run < 20; ++run) {
    faulty_file_system files(seed + run);
    files.put(folder + "/prepared.tmp", std::string(3 * small_segment_bytes, 'x'));
    BOOST_REQUIRE(prepare_segment(files, folder, small_segment_bytes));
    files.restart_after_power_cut();
    BOOST_REQUIRE((files.contents().at(folder + "/prepared.tmp") == std::string(small_segment_bytes, '\0')));
  }
}

BOOST_AUTO_TEST_CASE(the_background_preparer_tries_again_until_there_is_space) {
  faulty_file_system files;
  files.set_capacity(small_segment_bytes - 1);
  background_preparer preparer(files, folder, small_segment_bytes, std::chrono::milliseconds(1));
  preparer.request();
  const auto refused = preparer.take();
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().code == error_code::no_space));
  files.set_capacity(UINT64_MAX);
  BOOST_REQUIRE(preparer.wait_ready(std::chrono::seconds(60)));
  BOOST_TEST(preparer.ready());
  BOOST_TEST(preparer.take().has_value());
  BOOST_TEST(!preparer.ready());
}

BOOST_AUTO_TEST_CASE(a_writer_rolls_with_segments_prepared_in_the_background) {
  faulty_file_system files;
  auto opened = journal_writer::open(files, small_journal(), 0);
  BOOST_REQUIRE(opened);
  while (segments_in(files).size() < 10)
    BOOST_REQUIRE(write_group(**opened, 9));
  check_readable(files, 1, (*opened)->synced_seq());
}

BOOST_AUTO_TEST_SUITE_END()
