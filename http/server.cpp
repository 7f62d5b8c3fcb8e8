#include "http/server.hpp"

#include "domain/assert.hpp"
#include "http/server_state.hpp"
#include "http/worker.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pistache/reactor.h>
#include <strings.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <exception>

namespace orderd::http {
namespace {

constexpr int backlog = 1024;

/// A socket address of either family.
struct endpoint {
  sockaddr_storage storage{};
  socklen_t size = 0;

  [[nodiscard]] sockaddr* address() noexcept { return reinterpret_cast<sockaddr*>(&storage); }
  [[nodiscard]] std::uint16_t port() const noexcept {
    return ntohs(storage.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(storage).sin6_port
                                               : reinterpret_cast<const sockaddr_in&>(storage).sin_port);
  }
};

/// False if `host` is no address.
bool resolve(const std::string& host, std::uint16_t port, endpoint& into) {
  auto& v4 = reinterpret_cast<sockaddr_in&>(into.storage);
  if (::inet_pton(AF_INET, host == "localhost" ? "127.0.0.1" : host.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    into.size = sizeof v4;
    return true;
  }
  auto& v6 = reinterpret_cast<sockaddr_in6&>(into.storage);
  into.storage = {};
  if (::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) != 1)
    return false;
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  into.size = sizeof v6;
  return true;
}

std::string failure(const std::string& what) { return what + ": " + std::strerror(errno); }

/// Opens the listening socket and puts the port it got into `port`. Empty, or a sentence that names what
/// failed.
std::string listen_on(const std::string& host, std::uint16_t& port, owned_fd& into) {
  endpoint where;
  if (!resolve(host, port, where))
    return "cannot listen on \"" + host + "\": it is neither an IP address nor localhost";
  const auto name = "cannot listen on " + host + " port " + std::to_string(port);
  owned_fd fd(::socket(where.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (fd.get() < 0)
    return failure(name);
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  // Accepted sockets inherit this one: an answer must not wait for the acknowledgement of the one before.
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::bind(fd.get(), where.address(), where.size) != 0 || ::listen(fd.get(), backlog) != 0 ||
      ::getsockname(fd.get(), where.address(), &where.size) != 0)
    return failure(name);
  port = where.port();
  into = std::move(fd);
  return {};
}

} // namespace

bool same_field(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::string_view request::header(std::string_view name) const noexcept {
  for (const auto& field : headers)
    if (same_field(field.name, name))
      return {field.value.data(), field.value.size()};
  return {};
}

struct server::implementation {
  std::shared_ptr<server_state> state;
  std::shared_ptr<Pistache::Aio::Reactor> reactor;
  std::vector<std::shared_ptr<worker>> workers;
  std::uint16_t port = 0;

  void run(std::shared_ptr<owned_fd> listener);
  /// Ends the worker threads. Returns how many connections were still owed an answer.
  std::size_t stop();
};

void server::implementation::run(std::shared_ptr<owned_fd> listener) {
  reactor = Pistache::Aio::Reactor::create();
  reactor->init(Pistache::Aio::AsyncContext(state->limits.workers, "http"));
  const auto key = reactor->addHandler(std::make_shared<worker>(state, std::move(listener)));
  for (const auto& handler : reactor->handlers(key))
    workers.push_back(std::dynamic_pointer_cast<worker>(handler));
  reactor->run();
}

std::size_t server::implementation::stop() {
  if (!reactor)
    return 0;
  reactor->shutdown();
  reactor.reset(); // joins
  std::size_t owed = 0;
  for (const auto& one : workers)
    owed += one->connections_owed();
  workers.clear();
  return owed;
}

server::server(server_limits limits, request_handler handler, error_renderer errors)
    : self_(std::make_unique<implementation>()) {
  ORDERD_ASSERT(limits.workers > 0 && limits.connections_max > 0);
  self_->state = std::make_shared<server_state>(limits, std::move(handler), std::move(errors));
}

server::~server() { self_->stop(); }

std::string server::start(const std::string& host, std::uint16_t port) {
  ORDERD_ASSERT(!self_->reactor);
  auto listener = std::make_shared<owned_fd>();
  self_->port = port;
  if (auto failed = listen_on(host, self_->port, *listener); !failed.empty())
    return failed;
  try {
    self_->run(std::move(listener));
  } catch (const std::exception& error) {
    self_->stop();
    return std::string("cannot start the server threads: ") + error.what();
  }
  return {};
}

std::uint16_t server::port() const noexcept { return self_->port; }

std::size_t server::open_connections() const noexcept { return self_->state->open.load(); }

std::size_t server::drain(std::chrono::milliseconds deadline) {
  auto& state = *self_->state;
  if (!self_->reactor)
    return 0;
  state.draining.store(true);
  for (const auto& one : self_->workers)
    one->mailbox()->ring();
  {
    std::unique_lock guard(state.mutex);
    state.changed.wait_for(guard, deadline, [&] {
      return state.workers_draining == self_->workers.size() && state.open.load() == 0;
    });
  }
  return self_->stop();
}

} // namespace orderd::http
