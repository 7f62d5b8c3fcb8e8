/// The HTTP/1.1 under the services that a test plays: enough for the clients of this project.
#pragma once

#include "tests/support/header_list.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace orderd::test {

/// How often a rule of such a service counts, if it is never used up.
inline constexpr std::size_t for_ever = std::numeric_limits<std::size_t>::max();

/// A request as it came.
struct tiny_request {
  std::string method;
  std::string path; ///< with the query
  header_list headers;
  std::string body;

  /// The first field of that name, in any case of letters; empty if there is none.
  [[nodiscard]] std::string header(std::string_view name) const;
};

/// The bytes of an answer; its length is added.
[[nodiscard]] std::string tiny_answer(int status, const header_list& headers, std::string_view body);

/// Listens on a port of 127.0.0.1 that it keeps, with a thread for each connection, in the process of the
/// test: it outlives a program that is killed. Bodies come with their length; connections stay open. Any
/// thread.
class tiny_http_server {
 public:
  /// Gives the bytes that answer a request; nothing cuts the connection. Called on the connection's thread,
  /// which it may hold up; must not throw.
  using handler = std::function<std::optional<std::string>(const tiny_request&)>;

  explicit tiny_http_server(handler handle);
  tiny_http_server(const tiny_http_server&) = delete;
  tiny_http_server& operator=(const tiny_http_server&) = delete;
  /// Waits for the handlers that run.
  ~tiny_http_server();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// That clients have made so far.
  [[nodiscard]] std::size_t connections() const;

  /// Refuses connections and cuts those there are.
  void go_away();
  /// Listens on the same port again.
  void come_back();

 private:
  struct connection {
    int fd = -1;
    bool over = false; ///< its thread only has to be joined
    std::thread thread;
  };

  void accept_all(int listener);
  void serve(connection& from);
  void join_those_over();

  const handler handle_;
  const int reserved_; ///< bound and never listening: keeps the port while the server is away
  const std::uint16_t port_;
  mutable std::mutex mutex_; ///< of all below
  int listener_ = -1;
  std::size_t accepted_ = 0;
  std::list<connection> connections_;
  std::thread acceptor_;
};

} // namespace orderd::test
