#include "config/process_figures.hpp"

#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <unistd.h>

#include <ctime>

namespace orderd::tests {

BOOST_AUTO_TEST_SUITE(the_process_figures)

BOOST_AUTO_TEST_CASE(they_are_of_this_process) {
  const auto first = read_process_figures();
  BOOST_TEST(first.cpu_seconds > 0);
  BOOST_TEST(first.resident_bytes > 1'000'000U);
  BOOST_TEST(first.open_fds >= 3U);
  const auto now = static_cast<double>(std::time(nullptr));
  BOOST_TEST(first.start_time_seconds <= now + 1);
  BOOST_TEST(first.start_time_seconds > now - 86'400);
  BOOST_TEST(read_process_figures().start_time_seconds == first.start_time_seconds);
}

BOOST_AUTO_TEST_CASE(a_descriptor_more_is_seen) {
  const auto before = read_process_figures().open_fds;
  const int one = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  BOOST_TEST(read_process_figures().open_fds == before + 1);
  ::close(one);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::tests
