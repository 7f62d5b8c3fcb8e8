#include "config/log.hpp"

#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

namespace orderd::tests {

namespace {

/// Redirects stderr until it is asked what was written there.
class captured_stderr {
 public:
  captured_stderr() : file_(std::tmpfile()), real_(::dup(STDERR_FILENO)) {
    BOOST_REQUIRE(file_ != nullptr);
    ::dup2(::fileno(file_), STDERR_FILENO);
  }
  ~captured_stderr() {
    restore();
    std::fclose(file_);
  }
  captured_stderr(const captured_stderr&) = delete;
  captured_stderr& operator=(const captured_stderr&) = delete;

  std::string text() {
    log::flush();
    restore();
    std::rewind(file_);
    std::string all;
    std::array<char, 4096> room;
    while (const std::size_t got = std::fread(room.data(), 1, room.size(), file_))
      all.append(room.data(), got);
    return all;
  }

 private:
  void restore() {
    if (real_ < 0)
      return;
    ::dup2(real_, STDERR_FILENO);
    ::close(real_);
    real_ = -1;
  }

  std::FILE* file_;
  int real_;
};

/// Leaves the log as it found it.
struct log_defaults {
  ~log_defaults() {
    log::set_level(log::level::info);
    log::set_format(log::format::json);
  }
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(log_output, log_defaults)

BOOST_AUTO_TEST_CASE(a_line_goes_to_stderr_with_its_end) {
  captured_stderr captured;
  log::info("started", {{"port", 8080}});
  const std::string text = captured.text();
  BOOST_TEST(text.starts_with("{\"time\":\"2"));
  BOOST_TEST(text.ends_with("\",\"level\":\"info\",\"message\":\"started\",\"port\":8080}\n"));
}

BOOST_AUTO_TEST_CASE(user_text_is_never_a_format_string) {
  captured_stderr captured;
  log::error("{} {0:999999999} %v %n %s", {{"{}", "{:d}%v"}});
  BOOST_TEST(captured.text().find(R"("message":"{} {0:999999999} %v %n %s","{}":"{:d}%v"})") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_newline_in_user_text_makes_no_second_line) {
  captured_stderr captured;
  log::warn("a\n{\"level\":\"info\"}", {{"agent", "x\r\ny"}});
  BOOST_TEST(lines_of(captured.text()).size() == 1U);
}

BOOST_AUTO_TEST_CASE(lines_below_the_level_are_dropped) {
  for (const auto lowest :
       {log::level::trace, log::level::debug, log::level::info, log::level::warn, log::level::error}) {
    captured_stderr captured;
    log::set_level(lowest);
    log::trace("t");
    log::debug("d");
    log::info("i");
    log::warn("w");
    log::error("e");
    const std::string text = captured.text();
    BOOST_TEST(lines_of(text).size() == 5U - static_cast<std::size_t>(lowest));
    BOOST_TEST(log::enabled(lowest));
    BOOST_TEST((lowest == log::level::trace || !log::enabled(log::level::trace)));
  }
}

BOOST_AUTO_TEST_CASE(text_format_is_for_people) {
  captured_stderr captured;
  log::set_format(log::format::text);
  log::info("started", {{"port", 8080}});
  BOOST_TEST(captured.text().ends_with("Z info started port=8080\n"));
}

BOOST_AUTO_TEST_CASE(lines_of_many_threads_stay_whole_and_complete) {
  constexpr std::size_t threads = 4;
  constexpr std::size_t each = 500;
  captured_stderr captured;
  std::vector<std::thread> running;
  for (std::size_t who = 0; who < threads; ++who)
    running.emplace_back([who] {
      for (std::size_t what = 0; what < each; ++what)
        log::info("m", {{"who", who}, {"what", what}, {"pad", std::string(200, 'x')}});
    });
  for (std::thread& thread : running)
    thread.join();
  const auto lines = lines_of(captured.text());
  BOOST_TEST(lines.size() == threads * each);
  std::array<std::size_t, threads> next{};
  for (const std::string& line : lines) {
    const auto is_next_of = [&](std::size_t who) {
      return line.ends_with("\"message\":\"m\",\"who\":" + std::to_string(who) + ",\"what\":" +
                            std::to_string(next[who]) + ",\"pad\":\"" + std::string(200, 'x') + "\"}");
    };
    std::size_t who = 0;
    while (who < threads && !is_next_of(who))
      ++who;
    BOOST_REQUIRE_MESSAGE(who < threads, line);
    ++next[who];
  }
}

BOOST_AUTO_TEST_CASE(a_full_or_closed_stderr_is_survived_and_healed) {
  const int real = ::dup(STDERR_FILENO);
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  BOOST_REQUIRE(full >= 0);
  ::dup2(full, STDERR_FILENO);
  log::error("nobody reads this");
  log::flush();
  ::close(STDERR_FILENO);
  log::error("nor this");
  log::flush();
  ::dup2(real, STDERR_FILENO);
  ::close(real);
  ::close(full);
  captured_stderr captured;
  log::info("healed");
  BOOST_TEST(lines_of(captured.text()).size() == 1U);
}

BOOST_AUTO_TEST_CASE(lines_after_the_shutdown_are_dropped_quietly) {
  captured_stderr captured;
  const pid_t child = ::fork();
  if (child == 0) {
    log::info("before");
    log::shutdown();
    log::info("after");
    log::flush();
    log::shutdown();
    ::_exit(0);
  }
  int status = -1;
  BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
  BOOST_TEST(status == 0);
  const auto lines = lines_of(captured.text());
  BOOST_REQUIRE(lines.size() == 1U);
  BOOST_TEST(lines.front().find("before") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::tests
