/// A client that sends exactly the bytes it is told to and reads answers by their framing.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace orderd::test {

struct raw_response {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  /// The first field of that name, in any case of letters; empty if there is none.
  [[nodiscard]] std::string header(std::string_view name) const {
    for (const auto& [key, value] : headers)
      if (key.size() == name.size() && ::strncasecmp(key.data(), name.data(), name.size()) == 0)
        return value;
    return {};
  }
};

/// Blocking, for one thread. Everything that takes longer than `guard_ms` throws std::runtime_error: that is
/// a guard against a hang, not a measure of speed.
class raw_client {
 public:
  static constexpr int guard_ms = 20'000;

  explicit raw_client(std::uint16_t port, int receive_buffer_bytes = 0)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (receive_buffer_bytes > 0)
      ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd_ < 0 || ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      close();
      throw std::runtime_error("cannot connect");
    }
  }
  raw_client(raw_client&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), received_(std::move(other.received_)) {}
  raw_client& operator=(raw_client&&) = delete;
  ~raw_client() { close(); }

  /// False once the server has closed.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      wait_for(POLLOUT);
      const auto count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count < 0 && (errno == EAGAIN || errno == EINTR))
        continue;
      if (count < 0)
        return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  /// The next answer, interim ones included; nothing if the server closes before it is complete.
  std::optional<raw_response> read_response(bool without_body = false) {
    std::size_t end = 0;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos)
      if (!receive())
        return std::nullopt;
    auto answer = parse_head(received_.substr(0, end + 2));
    received_.erase(0, end + 4);
    const auto length = without_body ? std::string() : answer.header("Content-Length");
    const auto size = static_cast<std::size_t>(std::strtoull(length.c_str(), nullptr, 10));
    while (received_.size() < size)
      if (!receive())
        return std::nullopt;
    answer.body = received_.substr(0, size);
    received_.erase(0, size);
    return answer;
  }

  /// The next chunk of a body that comes in chunks, empty at its end; nothing if the server closes before.
  std::optional<std::string> read_chunk() {
    std::size_t end = 0;
    while ((end = received_.find("\r\n")) == std::string::npos)
      if (!receive())
        return std::nullopt;
    const auto size = std::strtoull(received_.substr(0, end).c_str(), nullptr, 16);
    const auto framed = read_bytes(end + 2 + size + 2);
    if (!framed)
      return std::nullopt;
    if (framed->substr(framed->size() - 2) != "\r\n")
      throw std::runtime_error("a chunk is longer than it says");
    return framed->substr(end + 2, size);
  }

  /// The next `count` bytes, whatever they mean; nothing if the server closes before.
  std::optional<std::string> read_bytes(std::size_t count) {
    while (received_.size() < count)
      if (!receive())
        return std::nullopt;
    auto bytes = received_.substr(0, count);
    received_.erase(0, count);
    return bytes;
  }

  /// Sends a request and reads its answer.
  std::optional<raw_response> ask(std::string_view bytes) {
    send(bytes);
    return read_response();
  }

  /// Everything up to the server's end of the connection.
  std::string read_until_close() {
    while (receive()) {
    }
    return std::exchange(received_, {});
  }

  /// Whether something is there to be read, or comes within `timeout_ms`.
  [[nodiscard]] bool readable(int timeout_ms) const {
    pollfd poll{fd_, POLLIN, 0};
    return !received_.empty() || ::poll(&poll, 1, timeout_ms) == 1;
  }

  [[nodiscard]] bool is_open() const { return fd_ >= 0; }
  void end_output() { ::shutdown(fd_, SHUT_WR); }
  void close() {
    if (fd_ >= 0)
      ::close(std::exchange(fd_, -1));
  }
  /// Closes so that the server sees a reset.
  void reset() {
    const linger abort{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
    close();
  }

 private:
  void wait_for(short events) const {
    pollfd poll{fd_, events, 0};
    if (::poll(&poll, 1, guard_ms) != 1)
      throw std::runtime_error("the server neither answers nor closes");
  }

  bool receive() {
    char bytes[64 * 1024];
    wait_for(POLLIN);
    const auto count = ::recv(fd_, bytes, sizeof bytes, 0);
    if (count > 0)
      received_.append(bytes, static_cast<std::size_t>(count));
    return count > 0;
  }

  static raw_response parse_head(std::string_view head) {
    raw_response answer;
    if (head.substr(0, 9) != "HTTP/1.1 ")
      throw std::runtime_error("not a status line: " + std::string(head.substr(0, 40)));
    answer.status = std::atoi(std::string(head.substr(9, 3)).c_str());
    for (auto at = head.find("\r\n") + 2; at < head.size();) {
      const auto line = head.substr(at, head.find("\r\n", at) - at);
      const auto colon = line.find(": ");
      answer.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
      at += line.size() + 2;
    }
    return answer;
  }

  int fd_;
  std::string received_;
};

} // namespace orderd::test
