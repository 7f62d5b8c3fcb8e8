#include "tests/support/tiny_http_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace orderd::test {
namespace {

[[nodiscard]] int bind_to(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("cannot bind");
  return fd;
}

[[nodiscard]] std::uint16_t port_of(int fd) {
  sockaddr_in address{};
  socklen_t length = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length);
  return ntohs(address.sin_port);
}

/// Takes more bytes; false at the end of the connection.
[[nodiscard]] bool receive(int fd, std::string& into) {
  char bytes[4096];
  const auto count = ::recv(fd, bytes, sizeof bytes, 0);
  if (count > 0)
    into.append(bytes, static_cast<std::size_t>(count));
  return count > 0 || (count < 0 && errno == EINTR);
}

void send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0)
      return;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

/// Takes the next line off the text.
[[nodiscard]] std::string_view next_line(std::string_view& text) {
  const auto line = text.substr(0, text.find("\r\n"));
  text.remove_prefix(std::min(line.size() + 2, text.size()));
  return line;
}

[[nodiscard]] tiny_request read_head(std::string_view head) {
  tiny_request request;
  auto line = next_line(head);
  request.method = std::string(line.substr(0, line.find(' ')));
  line.remove_prefix(std::min(request.method.size() + 1, line.size()));
  request.path = std::string(line.substr(0, line.find(' ')));
  while (!head.empty()) {
    line = next_line(head);
    const auto colon = std::min(line.find(':'), line.size());
    const auto begin = std::min(line.find_first_not_of(" \t", colon + 1), line.size());
    request.headers.emplace_back(line.substr(0, colon), line.substr(begin));
  }
  return request;
}

/// The next request of the connection; nothing at its end. Bytes behind the request stay in `bytes`.
[[nodiscard]] std::optional<tiny_request> read_request(int fd, std::string& bytes) {
  auto head_end = bytes.find("\r\n\r\n");
  while (head_end == std::string::npos) {
    if (!receive(fd, bytes))
      return std::nullopt;
    head_end = bytes.find("\r\n\r\n");
  }
  auto request = read_head(std::string_view(bytes).substr(0, head_end));
  bytes.erase(0, head_end + 4);
  const auto length = std::strtoul(request.header("Content-Length").c_str(), nullptr, 10);
  while (bytes.size() < length)
    if (!receive(fd, bytes))
      return std::nullopt;
  request.body = bytes.substr(0, length);
  bytes.erase(0, length);
  return request;
}

} // namespace

std::string tiny_request::header(std::string_view name) const { return field_of(headers, name); }

std::string tiny_answer(int status, const header_list& headers, std::string_view body) {
  std::string bytes = "HTTP/1.1 " + std::to_string(status) + " Said\r\n";
  for (const auto& [name, value] : headers)
    bytes += name + ": " + value + "\r\n";
  return bytes + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

tiny_http_server::tiny_http_server(handler handle)
    : handle_(std::move(handle)), reserved_(bind_to(0)), port_(port_of(reserved_)) {
  come_back();
}

tiny_http_server::~tiny_http_server() {
  go_away();
  for (auto& each : connections_)
    each.thread.join();
  ::close(reserved_);
}

std::size_t tiny_http_server::connections() const {
  const std::lock_guard lock(mutex_);
  return accepted_;
}

void tiny_http_server::come_back() {
  const int listener = bind_to(port_);
  if (::listen(listener, SOMAXCONN) != 0)
    throw std::runtime_error("cannot listen");
  const std::lock_guard lock(mutex_);
  listener_ = listener;
  acceptor_ = std::thread([this, listener] { accept_all(listener); });
}

void tiny_http_server::go_away() {
  {
    const std::lock_guard lock(mutex_);
    if (listener_ < 0)
      return;
    ::shutdown(listener_, SHUT_RDWR);
  }
  acceptor_.join();
  const std::lock_guard lock(mutex_);
  ::close(std::exchange(listener_, -1));
  for (auto& each : connections_)
    if (each.fd >= 0)
      ::shutdown(each.fd, SHUT_RDWR);
}

void tiny_http_server::accept_all(int listener) {
  while (true) {
    const int fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
      continue;
    if (fd < 0)
      return;
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    join_those_over();
    const std::lock_guard lock(mutex_);
    ++accepted_;
    auto& each = connections_.emplace_back();
    each.fd = fd;
    each.thread = std::thread([this, &each] { serve(each); });
  }
}

void tiny_http_server::join_those_over() {
  std::list<connection> over;
  {
    const std::lock_guard lock(mutex_);
    for (auto each = connections_.begin(); each != connections_.end();) {
      const auto next = std::next(each);
      if (each->over)
        over.splice(over.end(), connections_, each);
      each = next;
    }
  }
  for (auto& each : over)
    each.thread.join();
}

void tiny_http_server::serve(connection& from) {
  std::string bytes;
  while (const auto request = read_request(from.fd, bytes)) {
    const auto answer = handle_(*request);
    if (!answer)
      break;
    send_all(from.fd, *answer);
  }
  const std::lock_guard lock(mutex_);
  ::close(std::exchange(from.fd, -1));
  from.over = true;
}

} // namespace orderd::test
