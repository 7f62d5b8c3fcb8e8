#include "tests/support/orderd_process.hpp"

#include "tests/support/api_client.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace orderd::test {
namespace {

constexpr int pace_ms = 5;

[[nodiscard]] std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream all;
  all << file.rdbuf();
  return all.str();
}

[[nodiscard]] std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (auto& each : texts)
    all.push_back(each.data());
  all.push_back(nullptr);
  return all;
}

/// Starts the program with its output appended to the two files. Everything that allocates is done before
/// the fork: the test may have threads.
[[nodiscard]] pid_t spawn(arguments flags, environment variables, const std::string& output,
                          const std::string& errors) {
  const std::string program = orderd_path();
  flags.insert(flags.begin(), program);
  variables.push_back("PATH=/usr/bin:/bin");
  const auto argv = pointers_to(flags);
  const auto envp = pointers_to(variables);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0)
    throw std::runtime_error("cannot fork");
  if (child > 0)
    return child;
  const int out = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  const int err = ::open(errors.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  for (int fd = STDERR_FILENO + 1; fd < 1024; ++fd)
    ::close(fd);
  if (::getppid() == parent)
    ::execve(program.c_str(), argv.data(), envp.data());
  ::_exit(127);
}

[[nodiscard]] int exit_status_of(int wait_status) noexcept {
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

/// Waits for the end of the process; kills it and throws if that does not come.
int reap(pid_t pid) {
  int status = 0;
  try {
    eventually("the end of the program", [&] { return ::waitpid(pid, &status, WNOHANG) == pid; });
  } catch (const std::runtime_error&) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, &status, 0);
    throw;
  }
  return exit_status_of(status);
}

/// The port in the line that says so; 0 before it is there.
[[nodiscard]] std::uint16_t port_in(const std::string& log, wait_for until) {
  const std::string wanted = until == wait_for::ready ? R"("message":"ready")" : R"("message":"listening")";
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);)
    if (line.find(wanted) != std::string::npos && line.back() == '}')
      return static_cast<std::uint16_t>(json_view::parse(line)["port"].integer());
  return 0;
}

} // namespace

void eventually(std::string_view what, const std::function<bool()>& reached, int guard_seconds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(guard_seconds);
  while (!reached()) {
    if (std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error("this did not come: " + std::string(what));
    ::poll(nullptr, 0, pace_ms);
  }
}

std::string orderd_path() {
  const char* const given = std::getenv("ORDERD_BINARY");
  return given != nullptr ? given : ORDERD_BUILT_BINARY;
}

temporary_folder::temporary_folder() : temporary_folder(std::filesystem::temp_directory_path().string()) {}

temporary_folder::temporary_folder(const std::string& parent) : path_(parent + "/orderd-test-XXXXXX") {
  if (::mkdtemp(path_.data()) == nullptr)
    throw std::runtime_error("cannot make " + path_);
}

temporary_folder::~temporary_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

program_run run_orderd(const arguments& flags, const environment& variables) {
  const temporary_folder own;
  const auto pid = spawn(flags, variables, own.path() + "/out", own.path() + "/err");
  program_run run;
  run.exit_status = reap(pid);
  run.output = content_of(own.path() + "/out");
  run.errors = content_of(own.path() + "/err");
  return run;
}

orderd_process::orderd_process(std::string data_dir, arguments flags, environment variables, wait_for until)
    : data_dir_(std::move(data_dir)), flags_{"--data-dir", data_dir_, "--journal-segment-bytes", "1048576"},
      variables_(std::move(variables)) {
  if (std::find(flags.begin(), flags.end(), "--port") == flags.end())
    flags_.insert(flags_.end(), {"--port", "0"});
  flags_.insert(flags_.end(), flags.begin(), flags.end());
  start(until);
}

orderd_process::~orderd_process() {
  if (pid_ > 0)
    kill();
}

std::string orderd_process::log() const { return content_of(own_.path() + "/err"); }

std::string orderd_process::log_of_this_start() const { return log().substr(log_begin_); }

void orderd_process::launch() {
  log_begin_ = log().size();
  pid_ = spawn(flags_, variables_, own_.path() + "/out", own_.path() + "/err");
}

void orderd_process::start_and_kill(int after_ms) {
  launch();
  ::poll(nullptr, 0, after_ms);
  kill();
}

void orderd_process::start(wait_for until) {
  launch();
  eventually("the port in the log", [&] {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = -1;
      throw std::runtime_error("the program ended with " + std::to_string(exit_status_of(status)) + ":\n" +
                               log_of_this_start());
    }
    port_ = port_in(log_of_this_start(), until);
    return port_ != 0;
  });
  if (until == wait_for::listening)
    return;
  api_client client(port_);
  eventually("readiness", [&] { return client.get("/health/ready").status == 200; });
}

void orderd_process::ask_to_stop() { ::kill(pid_, SIGTERM); }

int orderd_process::wait_for_end() { return reap(std::exchange(pid_, -1)); }

int orderd_process::stop() {
  ask_to_stop();
  return wait_for_end();
}

void orderd_process::kill() {
  ::kill(pid_, SIGKILL);
  wait_for_end();
}

} // namespace orderd::test
