#include "tests/support/payment_stand_in.hpp"

#include "tests/support/json_view.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace orderd::test {

/// A request as it came.
struct payment_stand_in::reading {
  service_request request;
  bool known = false;   ///< a method and path of the contract
  bool allowed = false; ///< with the right token
};

namespace {

constexpr std::chrono::seconds guard{60}; ///< against a hang, not a measure of speed

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

[[nodiscard]] std::string header(std::string_view head, std::string_view name) {
  while (!head.empty()) {
    const auto line = head.substr(0, head.find("\r\n"));
    head.remove_prefix(std::min(line.size() + 2, head.size()));
    if (line.size() > name.size() + 1 && line[name.size()] == ':' &&
        ::strncasecmp(line.data(), name.data(), name.size()) == 0)
      return std::string(line.substr(line.find_first_not_of(' ', name.size() + 1)));
  }
  return {};
}

/// Reads `/payments…` into the request; false if the contract has no such thing.
[[nodiscard]] bool read_target(std::string_view method, std::string_view path, service_request& request) {
  constexpr std::string_view root = "/payments";
  if (!path.starts_with(root))
    return false;
  path.remove_prefix(root.size());
  if (path.empty()) {
    request.verb = payment_verb::authorize;
    request.id = json_view::parse(request.body)["id"].text();
    return method == "POST";
  }
  path.remove_prefix(1);
  const auto slash = path.find('/');
  request.id = std::string(path.substr(0, slash));
  if (slash == std::string_view::npos)
    return method == "GET";
  const auto verb = path.substr(slash + 1);
  request.verb = verb == "capture" ? payment_verb::capture
                 : verb == "void"  ? payment_verb::cancel
                                   : payment_verb::refund;
  return method == "POST" && (verb == "capture" || verb == "void" || verb == "refund");
}

[[nodiscard]] std::string response_of(const service_answer& answer, const std::string& retry_after) {
  return "HTTP/1.1 " + std::to_string(answer.status) + " Said\r\nContent-Type: application/json\r\n" +
         (retry_after.empty() ? std::string{} : "Retry-After: " + retry_after + "\r\n") +
         "Content-Length: " + std::to_string(answer.body.size()) + "\r\n\r\n" + answer.body;
}

[[nodiscard]] bool names(const service_request& request, const std::string& customer) {
  return request.verb == payment_verb::authorize &&
         json_view::parse(request.body)["customer_id"].text() == customer;
}

} // namespace

payment_stand_in::payment_stand_in(std::string token)
    : token_(std::move(token)), reserved_(bind_to(0)), port_(port_of(reserved_)) {
  come_back();
}

payment_stand_in::~payment_stand_in() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  go_away();
  for (auto& each : connections_)
    each.thread.join();
  ::close(reserved_);
}

void payment_stand_in::come_back() {
  const int listener = bind_to(port_);
  if (::listen(listener, SOMAXCONN) != 0)
    throw std::runtime_error("cannot listen");
  const std::lock_guard lock(mutex_);
  listener_ = listener;
  acceptor_ = std::thread([this, listener] { accept_all(listener); });
}

void payment_stand_in::go_away() {
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

void payment_stand_in::accept_all(int listener) {
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

void payment_stand_in::join_those_over() {
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

void payment_stand_in::serve(connection& from) {
  std::string bytes;
  bool open = true;
  while (open) {
    auto head_end = bytes.find("\r\n\r\n");
    while (head_end == std::string::npos && (open = receive(from.fd, bytes)))
      head_end = bytes.find("\r\n\r\n");
    if (!open)
      break;
    const std::string head = bytes.substr(0, head_end + 2);
    bytes.erase(0, head_end + 4);
    const auto length = std::strtoul(header(head, "Content-Length").c_str(), nullptr, 10);
    while (bytes.size() < length && (open = receive(from.fd, bytes)))
      ;
    if (!open)
      break;
    reading what;
    what.request.key = header(head, "Idempotency-Key");
    what.request.body = bytes.substr(0, length);
    bytes.erase(0, length);
    const auto method = head.substr(0, head.find(' '));
    const auto path = head.substr(method.size() + 1, head.find(' ', method.size() + 1) - method.size() - 1);
    what.allowed = token_.empty() || header(head, "Authorization") == "Bearer " + token_;
    try {
      what.known = read_target(method, path, what.request);
      open = answer(from, what);
    } catch (const std::exception&) {
      send_all(from.fd, response_of({400, R"({"reason":"the body is not as the contract has it"})"}, {}));
    }
  }
  const std::lock_guard lock(mutex_);
  ::close(std::exchange(from.fd, -1));
  from.over = true;
}

bool payment_stand_in::answer(connection& from, const reading& what) {
  std::unique_lock lock(mutex_);
  requests_.push_back(what.request);
  changed_.notify_all();
  if (!what.known || !what.allowed) {
    lock.unlock();
    send_all(from.fd, response_of({what.known ? 401 : 404, "{}"}, {}));
    return true;
  }
  const auto rule = take_rule(what.request);
  if (!rule) {
    const auto done = books_.handle(what.request);
    lock.unlock();
    send_all(from.fd, response_of(done, {}));
    return true;
  }
  if (rule->fault == service_fault::hold)
    hold(lock, *rule);
  const auto done = work(what.request, *rule);
  if (rule->fault == service_fault::hold_answer)
    hold(lock, *rule);
  lock.unlock();
  if (rule->fault == service_fault::drop || rule->fault == service_fault::die_after)
    return false;
  const auto bytes = response_of(done, rule->retry_after);
  send_all(from.fd, rule->fault == service_fault::answer_twice ? bytes + bytes : bytes);
  return true;
}

service_answer payment_stand_in::work(const service_request& request, const service_rule& rule) {
  constexpr std::size_t flood_bytes = std::size_t{1} << 20U;
  switch (rule.fault) {
  case service_fault::decline:
    return books_.decline(request);
  case service_fault::fail:
  case service_fault::drop:
    return {rule.status, R"({"reason":"told to fail"})"};
  case service_fault::babble:
    return {rule.status, "<html>Welcome</html>"};
  case service_fault::fail_after:
    static_cast<void>(books_.handle(request));
    return {rule.status, R"({"reason":"told to fail"})"};
  case service_fault::flood: {
    auto done = books_.handle(request);
    done.body.insert(done.body.size() - 1, flood_bytes, ' ');
    return done;
  }
  case service_fault::work_twice:
    static_cast<void>(books_.handle(request));
    return books_.handle(request);
  case service_fault::die_after:
  case service_fault::hold:
  case service_fault::hold_answer:
  case service_fault::answer_twice:
    break;
  }
  return books_.handle(request);
}

std::optional<service_rule> payment_stand_in::take_rule(const service_request& request) {
  for (auto each = rules_.begin(); each != rules_.end(); ++each) {
    if ((each->verb && *each->verb != request.verb) ||
        (!each->customer.empty() && !names(request, each->customer)))
      continue;
    const auto rule = *each;
    if (each->times != for_ever && --each->times == 0)
      rules_.erase(each);
    return rule;
  }
  return std::nullopt;
}

void payment_stand_in::hold(std::unique_lock<std::mutex>& lock, const service_rule& rule) {
  ++held_;
  const auto before = released_;
  const auto let_go = [&] { return ending_ || released_ != before; };
  if (rule.delay.count() > 0)
    changed_.wait_for(lock, rule.delay, let_go);
  else
    changed_.wait(lock, let_go);
  // Whoever waits for this sees it when the lock is free again, and then the work is done.
  --held_;
  changed_.notify_all();
}

void payment_stand_in::add(service_rule rule) {
  const std::lock_guard lock(mutex_);
  rules_.push_back(std::move(rule));
}

void payment_stand_in::clear_rules() {
  const std::lock_guard lock(mutex_);
  rules_.clear();
}

void payment_stand_in::release() {
  std::unique_lock lock(mutex_);
  ++released_;
  changed_.notify_all();
  changed_.wait(lock, [this] { return held_ == 0; });
}

void payment_stand_in::await_requests(std::size_t count) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, guard, [&] { return requests_.size() >= count; }))
    throw std::runtime_error("only " + std::to_string(requests_.size()) + " requests came");
}

std::vector<service_request> payment_stand_in::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::size_t payment_stand_in::connections() const {
  const std::lock_guard lock(mutex_);
  return accepted_;
}

std::vector<booked_payment> payment_stand_in::payments() const {
  const std::lock_guard lock(mutex_);
  std::vector<booked_payment> all;
  for (const auto& [id, payment] : books_.payments())
    all.push_back(payment);
  return all;
}

std::optional<booked_payment> payment_stand_in::payment(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = books_.payments().find(id);
  return found == books_.payments().end() ? std::nullopt : std::optional(found->second);
}

std::vector<payment_effect> payment_stand_in::effects(const std::string& id) const {
  const auto found = payment(id);
  return found ? found->effects : std::vector<payment_effect>{};
}

cents payment_stand_in::charged(const std::string& order_id) const {
  cents sum = 0;
  for (const auto& each : payments())
    if (each.order_id == order_id)
      sum += each.charged();
  return sum;
}

} // namespace orderd::test
