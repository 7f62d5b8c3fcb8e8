#include "tests/support/kafka_cluster.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

namespace orderd::test {
namespace {

constexpr int guard_ms = 60'000;

} // namespace

kafka_cluster::kafka_cluster(int brokers) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    throw std::runtime_error("cannot make a channel");
  channel_ = ends[0];
  child_program program{{ORDERD_KAFKA_MOCK, std::to_string(brokers)}, folder_.path() + "/log"};
  program.channel = ends[1];
  try {
    process_ = std::make_unique<child_process>(program, "kafka_mock");
    // The only other end is the program's: its end is seen here.
    ::close(ends[1]);
    brokers_ = read_line();
  } catch (...) {
    ::close(channel_);
    throw;
  }
}

kafka_cluster::~kafka_cluster() { ::close(channel_); }

void kafka_cluster::fail_produce(int requests, int error) {
  command("fail " + std::to_string(requests) + " " + std::to_string(error));
}

void kafka_cluster::create_topic(const std::string& name, int partitions) {
  command("topic " + name + " " + std::to_string(partitions));
}

void kafka_cluster::set_topic_error(const std::string& name, int error) {
  command("topic_error " + name + " " + std::to_string(error));
}

void kafka_cluster::command(const std::string& line) {
  const auto bytes = line + "\n";
  if (::send(channel_, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size()))
    throw std::runtime_error("kafka_mock has ended:\n" + file_content(folder_.path() + "/log"));
  if (const auto answer = read_line(); answer != "ok")
    throw std::runtime_error("kafka_mock: " + line + ": " + answer);
}

std::string kafka_cluster::read_line() {
  auto end = received_.find('\n');
  while (end == std::string::npos) {
    pollfd poll{channel_, POLLIN, 0};
    char bytes[512];
    if (::poll(&poll, 1, guard_ms) == 0)
      throw std::runtime_error("kafka_mock does not answer");
    const auto count = ::recv(channel_, bytes, sizeof bytes, 0);
    if (count <= 0)
      throw std::runtime_error("kafka_mock has ended:\n" + file_content(folder_.path() + "/log"));
    received_.append(bytes, static_cast<std::size_t>(count));
    end = received_.find('\n');
  }
  auto line = received_.substr(0, end);
  received_.erase(0, end + 1);
  return line;
}

} // namespace orderd::test
