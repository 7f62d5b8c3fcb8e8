#include "tests/support/tcp_gate.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <vector>

namespace orderd::test {
namespace {

constexpr std::size_t chunk_bytes = std::size_t{64} << 10U;

[[nodiscard]] sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

[[nodiscard]] int connect_to(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = loopback(port);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return fd;
  ::close(fd);
  return -1;
}

void send_at_once(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void reset(int fd) {
  const linger at_once{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(fd);
}

/// Takes what has come. False at the end of the stream.
[[nodiscard]] bool receive(int fd, std::string& into) {
  char bytes[chunk_bytes];
  const auto count = ::recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
  if (count > 0)
    into.append(bytes, static_cast<std::size_t>(count));
  return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

/// Sends what fits. False if the other end is gone.
[[nodiscard]] bool send(int fd, std::string& from) {
  const auto count = ::send(fd, from.data(), from.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (count > 0)
    from.erase(0, static_cast<std::size_t>(count));
  return count >= 0 || errno == EAGAIN || errno == EINTR;
}

} // namespace

tcp_gate::tcp_gate(std::uint16_t target)
    : target_(target), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  auto address = loopback(0);
  socklen_t length = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
      ::listen(listener_, SOMAXCONN) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) != 0)
    throw std::runtime_error("cannot listen");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

tcp_gate::~tcp_gate() {
  change(mode::ended);
  thread_.join();
  ::close(listener_);
  ::close(wake_);
}

void tcp_gate::change(mode next) {
  std::unique_lock lock(mutex_);
  wanted_ = next;
  changed_ = true;
  const std::uint64_t one = 1;
  if (::write(wake_, &one, sizeof one) != sizeof one)
    throw std::runtime_error("cannot wake the gate");
  applied_.wait(lock, [this] { return !changed_; });
}

void tcp_gate::serve() {
  while (mode_ != mode::ended) {
    wait_and_forward();
    {
      const std::lock_guard lock(mutex_);
      mode_ = wanted_;
      connect_links();
      close_links(mode_ == mode::cut || mode_ == mode::ended);
      changed_ = false;
    }
    applied_.notify_all();
  }
}

void tcp_gate::accept_one() {
  const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd < 0)
    return;
  ++accepted_;
  send_at_once(fd);
  links_.emplace_back().client = fd;
}

void tcp_gate::connect_links() {
  if (mode_ != mode::open && mode_ != mode::answers_stalled)
    return;
  for (auto& each : links_)
    if (each.server < 0) {
      each.server = connect_to(target_);
      each.broken = each.server < 0;
      send_at_once(each.server);
    }
}

void tcp_gate::close_links(bool all) {
  for (auto each = links_.begin(); each != links_.end();) {
    const bool done = (each->answers.ended && each->answers.bytes.empty()) ||
                      (each->requests.ended && each->requests.bytes.empty());
    if (!all && !each->broken && !done) {
      ++each;
      continue;
    }
    const auto end = all ? reset : +[](int fd) { ::close(fd); };
    end(each->client);
    if (each->server >= 0)
      end(each->server);
    each = links_.erase(each);
  }
}

void tcp_gate::wait_and_forward() {
  const bool requests = mode_ == mode::open || mode_ == mode::answers_stalled;
  const bool answers = mode_ == mode::open;
  std::vector<pollfd> sockets{{wake_, POLLIN, 0}, {listener_, POLLIN, 0}};
  // Each direction either receives or sends. A socket without an event asked for is left out, since poll
  // would report its end again and again.
  const auto ask = [&](int fd, bool receives, bool sends) {
    const auto events = static_cast<short>((receives ? POLLIN : 0) | (sends ? POLLOUT : 0));
    sockets.push_back({events == 0 ? -1 : fd, events, 0});
  };
  for (const auto& each : links_) {
    ask(each.client, requests && !each.requests.ended && each.requests.bytes.empty(),
        answers && !each.answers.bytes.empty());
    ask(each.server, answers && !each.answers.ended && each.answers.bytes.empty(),
        requests && !each.requests.bytes.empty());
  }
  ::poll(sockets.data(), sockets.size(), -1);
  std::uint64_t ignored = 0;
  if (sockets[0].revents != 0 && ::read(wake_, &ignored, sizeof ignored) < 0 && errno != EAGAIN)
    return;
  std::size_t at = 2;
  for (auto& each : links_) {
    forward(each, sockets[at].revents, sockets[at + 1].revents);
    at += 2;
  }
  if (sockets[1].revents != 0)
    accept_one();
}

void tcp_gate::forward(link& each, short client_events, short server_events) {
  const auto may_receive = static_cast<short>(POLLIN | POLLHUP | POLLERR);
  const bool requests = mode_ == mode::open || mode_ == mode::answers_stalled;
  if ((client_events & may_receive) != 0 && requests && each.requests.bytes.empty())
    each.requests.ended = !receive(each.client, each.requests.bytes);
  if ((server_events & may_receive) != 0 && mode_ == mode::open && each.answers.bytes.empty())
    each.answers.ended = !receive(each.server, each.answers.bytes);
  if ((server_events & POLLOUT) != 0)
    each.broken |= !send(each.server, each.requests.bytes);
  if ((client_events & POLLOUT) != 0)
    each.broken |= !send(each.client, each.answers.bytes);
}

} // namespace orderd::test
