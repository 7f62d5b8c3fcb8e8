#include "http/import_progress.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace orderd::tests {
namespace {

using namespace std::chrono_literals;
using http::import_progress;

[[nodiscard]] import_progress half_way() {
  import_progress now;
  now.bytes_done = 500;
  now.bytes_total = 1000;
  now.rows = 12'345;
  now.created = 12'000;
  now.updated = 300;
  now.failed = 45;
  now.elapsed = 10s;
  return now;
}

} // namespace

BOOST_AUTO_TEST_SUITE(import_progress_shown)

BOOST_AUTO_TEST_CASE(a_wide_terminal_has_room_for_all) {
  BOOST_TEST(
      progress_bar(half_way(), 120) ==
      " 50% [##############--------------]  1,234 rows/s  12,000 created, 300 updated, 45 failed  ETA 0:11");
}

BOOST_AUTO_TEST_CASE(no_line_is_wider_than_the_terminal) {
  auto now = half_way();
  auto waiting = now;
  waiting.waiting = "the engine cannot be reached: a reason with an \x1b[31m escape\nand a line end";
  auto unmeasured = waiting;
  unmeasured.bytes_total = 0;
  for (const auto& each : {now, waiting, unmeasured})
    for (std::size_t columns = 0; columns < 200; ++columns) {
      const auto bar = progress_bar(each, columns);
      BOOST_TEST(bar.size() <= columns);
      BOOST_TEST(std::all_of(bar.begin(), bar.end(), [](char c) { return c >= ' ' && c <= '~'; }), bar);
    }
}

BOOST_AUTO_TEST_CASE(where_there_is_little_room_the_percentage_stays) {
  BOOST_TEST(progress_bar(half_way(), 4) == " 50%");
  BOOST_TEST(progress_bar(half_way(), 16) == " 50%  ETA 0:11");
  BOOST_TEST(progress_bar(half_way(), 17) == " 50% [#####-----]");
  BOOST_TEST(progress_bar(half_way(), 40).find("ETA 0:11") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_wait_is_told_before_anything_else) {
  auto now = half_way();
  now.waiting = "the engine is away";
  BOOST_TEST(progress_bar(now, 40) == " 50% [######-------]  the engine is away");
}

BOOST_AUTO_TEST_CASE(hundred_percent_is_all_and_not_nearly) {
  auto now = half_way();
  now.bytes_done = 999'999;
  now.bytes_total = 1'000'000;
  BOOST_TEST(percent_of(now) == 99U);
  now.bytes_done = 1'000'000;
  BOOST_TEST(percent_of(now) == 100U);
  now.bytes_total = 0;
  BOOST_TEST(percent_of(now) == 0U);
}

BOOST_AUTO_TEST_CASE(a_line_tells_what_is_known) {
  BOOST_TEST(progress_line(half_way()) ==
             "50%: 12,345 rows (12,000 created, 300 updated, 45 failed), 1,234 rows/s, ETA 0:11");
  import_progress nothing;
  BOOST_TEST(progress_line(nothing) == "0 rows (0 created, 0 updated, 0 failed), 0 rows/s");
}

BOOST_AUTO_TEST_CASE(long_times_have_hours) {
  auto now = half_way();
  now.elapsed = std::chrono::milliseconds{3'723'000};
  BOOST_TEST(progress_line(now).ends_with("ETA 1:02:04"));
}

BOOST_AUTO_TEST_CASE(the_summary_tells_what_an_earlier_run_did) {
  auto now = half_way();
  BOOST_TEST(progress_summary(now) ==
             "12,345 rows: 12,000 created, 300 updated, 45 failed, in 10.0 s (1,234 rows/s)\n");
  BOOST_TEST(!is_all_done_before(now));
  now.done_before = 1000;
  BOOST_TEST(!is_all_done_before(now));
  BOOST_TEST(progress_line(now).find("45 failed, 1,000 left from an earlier run)") != std::string::npos);
  BOOST_TEST(progress_summary(now) ==
             "12,345 rows: 12,000 created, 300 updated, 45 failed, 1,000 left from an earlier run, in 10.0 s "
             "(1,234 rows/s)\n"
             "1,000 rows were set by an earlier run within 24 h and not again, whatever they are by now; "
             "--again sets them\n");
  now.created = 0;
  now.updated = 0;
  BOOST_TEST(is_all_done_before(now));
}

BOOST_AUTO_TEST_CASE(a_line_is_due_with_each_tenth_each_five_seconds_and_around_waits) {
  http::progress_pace pace;
  import_progress now;
  now.bytes_total = 100;
  const auto due_at = [&](std::uint64_t bytes, std::chrono::milliseconds elapsed) {
    now.bytes_done = bytes;
    now.elapsed = elapsed;
    return pace.is_due(now);
  };
  BOOST_TEST(!due_at(0, 0ms));
  BOOST_TEST(!due_at(9, 100ms));
  BOOST_TEST(due_at(10, 200ms));
  BOOST_TEST(!due_at(19, 300ms));
  BOOST_TEST(due_at(35, 400ms));
  BOOST_TEST(!due_at(39, 5'399ms));
  BOOST_TEST(due_at(39, 5'400ms));
  now.waiting = "the engine is away";
  BOOST_TEST(due_at(39, 5'500ms));
  BOOST_TEST(!due_at(39, 5'600ms));
  now.waiting.clear();
  BOOST_TEST(due_at(39, 5'700ms));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::tests
