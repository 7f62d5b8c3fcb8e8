/// A server with a handler that tests can steer by path.
#pragma once

#include "http/server.hpp"
#include "tests/support/raw_client.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

namespace orderd::test {

inline constexpr std::chrono::seconds guard{20};

/// Waits for a state of the server that nothing announces. Throws if it does not come.
inline void wait_until(const std::function<bool()>& reached) {
  const auto deadline = std::chrono::steady_clock::now() + guard;
  while (!reached()) {
    if (std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error("what was waited for did not happen");
    std::this_thread::yield();
  }
}

inline std::string get(std::string_view path, std::string_view more = "") {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: test\r\n" + std::string(more) + "\r\n";
}

inline std::string post(std::string_view path, std::string_view body) {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

/// Paths: `/echo...` answers "path?query|body" at once; `/big?n` answers n bytes; `/drop` drops its
/// responder;
/// `/throw` throws; every other path is kept until the test takes and answers it.
class test_server {
 public:
  explicit test_server(http::server_limits limits = {}, http::error_renderer errors = plain_error)
      : server_(
            limits,
            [this](const http::request& asked, http::responder back) { handle(asked, std::move(back)); },
            std::move(errors)) {
    if (const auto failed = server_.start("127.0.0.1", 0); !failed.empty())
      throw std::runtime_error(failed);
  }

  [[nodiscard]] http::server& server() { return server_; }
  [[nodiscard]] std::uint16_t port() const { return server_.port(); }
  [[nodiscard]] raw_client connect() const { return raw_client(port()); }
  [[nodiscard]] std::size_t handled() const { return handled_.load(); }
  /// What a path that has its own behaviour does instead.
  void on_request(http::request_handler own) { own_ = std::move(own); }

  /// Waits for the next request that is kept.
  http::responder take_pending() {
    std::unique_lock guarded(mutex_);
    if (!arrived_.wait_for(guarded, guard, [this] { return !pending_.empty(); }))
      throw std::runtime_error("no request arrived");
    auto taken = std::move(pending_.front());
    pending_.pop_front();
    return taken;
  }

  /// Whether a plain request is still answered.
  [[nodiscard]] bool is_well() const {
    auto client = connect();
    const auto answer = client.ask(get("/echo/well"));
    return answer && answer->status == 200 && answer->body == "/echo/well?|";
  }

  static http::response plain_error(int status, std::string_view code, std::string_view detail) {
    return {status, "application/problem+json", {}, std::string(code) + ": " + std::string(detail)};
  }
  static http::response text(std::string body) { return {200, "text/plain", {}, std::move(body)}; }

 private:
  void handle(const http::request& asked, http::responder back) {
    handled_.fetch_add(1);
    if (own_)
      return own_(asked, std::move(back));
    if (asked.path.substr(0, 5) == "/echo")
      return back.send(
          text(std::string(asked.path) + "?" + std::string(asked.query) + "|" + std::string(asked.body)));
    if (asked.path == "/big")
      return back.send(text(std::string(std::stoul(std::string(asked.query)), 'b')));
    if (asked.path == "/drop")
      return;
    if (asked.path == "/throw")
      throw std::runtime_error("a handler that breaks its promise");
    const std::lock_guard guarded(mutex_);
    pending_.push_back(std::move(back));
    arrived_.notify_all();
  }

  std::atomic<std::size_t> handled_{0};
  http::request_handler own_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<http::responder> pending_;
  http::server server_;
};

} // namespace orderd::test
