#include "config/fault_point.hpp"

#include <boost/test/unit_test.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>

namespace orderd::tests {

namespace {

/// How a process ends that arms `text` and then passes the place so often: its exit status, or 128 + the
/// signal.
int end_of_passing(const std::string& text, const char* place, int times) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (!arm_fault_point_of(text))
      ::_exit(3);
    while (times-- > 0)
      pass_fault_point(place);
    ::_exit(0);
  }
  int status = 0;
  BOOST_REQUIRE(child > 0 && ::waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

} // namespace

BOOST_AUTO_TEST_SUITE(fault_point)

BOOST_AUTO_TEST_CASE(the_armed_place_ends_the_process_at_its_nth_passage_and_no_other_does) {
  BOOST_TEST(end_of_passing("journal.synced:3", "journal.synced", 2) == 0);
  BOOST_TEST(end_of_passing("journal.synced:3", "journal.synced", 3) == 128 + SIGKILL);
  BOOST_TEST(end_of_passing("journal.synced:1", "batch.begun", 9) == 0);
  BOOST_TEST(end_of_passing("saga.capture.asked:2", "saga.capture.asked", 2) == 128 + SIGKILL);
}

BOOST_AUTO_TEST_CASE(what_names_no_place_or_no_count_is_refused_with_the_places) {
  for (const std::string text :
       {"", ":", "journal.synced", "journal.synced:", "journal.synced:0", "journal.synced:x",
        "journal.synced:1x", "journal.synced:-1", "journal.synced:99999999999", "nowhere:1"}) {
    const auto armed = arm_fault_point_of(text);
    BOOST_REQUIRE_MESSAGE(!armed, text);
    BOOST_CHECK(armed.error().code == error_code::invalid_setting);
    BOOST_TEST(armed.error().detail.find("'" + text + "'") != std::string::npos);
    BOOST_TEST(armed.error().detail.find("aside.committed") != std::string::npos);
    BOOST_TEST(armed.error().detail.find("saga.capture.asked") != std::string::npos);
  }
  BOOST_TEST(!fault_point_armed());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::tests
