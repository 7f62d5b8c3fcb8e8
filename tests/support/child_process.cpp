#include "tests/support/child_process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>
#include <utility>
#include <vector>

namespace orderd::test {
namespace {

constexpr int guard_seconds = 120;

[[nodiscard]] std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (auto& each : texts)
    all.push_back(each.data());
  all.push_back(nullptr);
  return all;
}

} // namespace

pid_t spawn_child(const child_program& program) {
  // What allocates is done before the fork: tests have threads.
  auto command = program.command;
  environment variables{"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8"};
  const auto argv = pointers_to(command);
  const auto envp = pointers_to(variables);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0)
    throw std::runtime_error("cannot fork");
  if (child > 0)
    return child;
  const int output = ::open(program.log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  const bool talks = program.channel >= 0;
  ::dup2(talks ? program.channel : ::open("/dev/null", O_RDONLY), STDIN_FILENO);
  ::dup2(talks ? program.channel : output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  for (int fd = STDERR_FILENO + 1; fd < 1024; ++fd)
    ::close(fd);
  if (program.user &&
      (::setgroups(0, nullptr) != 0 || ::setgid(program.user->gid) != 0 || ::setuid(program.user->uid) != 0))
    ::_exit(126);
  // After the change of user, which clears it.
  ::prctl(PR_SET_PDEATHSIG, program.death_signal);
  if (::chdir("/") == 0 && ::getppid() == parent)
    ::execve(argv.front(), argv.data(), envp.data());
  ::_exit(127);
}

void await_child(pid_t pid, const std::string& name, int* status) {
  try {
    eventually(
        "the end of " + name, [&] { return ::waitpid(pid, status, WNOHANG) == pid; }, guard_seconds);
  } catch (const std::runtime_error&) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, status, 0);
    throw;
  }
}

std::uint16_t unused_port() {
  static std::mt19937 random(std::random_device{}());
  for (int attempt = 0; attempt < 1000; ++attempt) {
    const auto port = static_cast<std::uint16_t>(20'000 + random() % 12'000);
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool is_free = ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    ::close(fd);
    if (is_free)
      return port;
  }
  throw std::runtime_error("there is no free port");
}

std::string file_content(const std::string& path) {
  std::ostringstream all;
  all << std::ifstream(path, std::ios::binary).rdbuf();
  return all.str();
}

child_process::child_process(const child_program& program, std::string name)
    : name_(std::move(name)), owner_(::getpid()), pid_(spawn_child(program)) {}

child_process::~child_process() {
  // A child of the test that ends by exit() is not the owner.
  if (pid_ <= 0 || owner_ != ::getpid())
    return;
  try {
    kill();
  } catch (const std::runtime_error&) {
    // It has been waited for all the same; there is nobody to tell.
  }
}

bool child_process::ended() {
  if (pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == pid_)
    pid_ = -1;
  return pid_ < 0;
}

void child_process::stop() {
  if (ended())
    throw std::runtime_error(name_ + " has ended by itself");
  ::kill(pid_, SIGTERM);
  ::kill(pid_, SIGCONT);
  await_child(std::exchange(pid_, -1), name_);
}

void child_process::kill() {
  if (ended())
    return;
  ::kill(pid_, SIGKILL);
  await_child(std::exchange(pid_, -1), name_);
}

void child_process::freeze() {
  if (ended())
    throw std::runtime_error(name_ + " has ended by itself");
  ::kill(pid_, SIGSTOP);
  int status = 0;
  if (::waitpid(pid_, &status, WUNTRACED) == pid_ && !WIFSTOPPED(status)) {
    pid_ = -1;
    throw std::runtime_error(name_ + " has ended by itself");
  }
}

void child_process::thaw() {
  if (pid_ > 0)
    ::kill(pid_, SIGCONT);
}

} // namespace orderd::test
