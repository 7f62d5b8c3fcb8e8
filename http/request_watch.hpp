/// One request from its arrival to its answer, for those who count, time, log or trace it.
#pragma once

#include "http/router.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace orderd::http {

/// The status that is noted of a request whose client has gone before its answer.
inline constexpr int status_of_gone_client = 499;

/// A request that is over.
struct answered_request {
  const route* matched = nullptr; ///< null: its path or its method leads nowhere
  http::method method = method::get;
  int status = 0;
  std::chrono::nanoseconds took{0}; ///< from the call of the routes until the answer was made
  std::string_view request_id;      ///< may be empty; a view that does not outlive the call
};

/// Is told of every request once. Any thread; must neither block nor throw. Outlives the last request.
class request_observer {
 public:
  virtual ~request_observer() = default;
  virtual void answered(const answered_request& what) noexcept = 0;
};

/// Goes with the right to answer one request, and tells the observer once: of the answer, or when it is
/// destroyed without one.
class request_watch {
 public:
  request_watch() noexcept = default;
  /// Begins now. `matched` and `observer` may be null.
  request_watch(request_observer* observer, const route* matched, http::method method,
                std::string request_id);
  request_watch(request_watch&& other) noexcept
      : observer_(std::exchange(other.observer_, nullptr)), matched_(other.matched_), method_(other.method_),
        began_(other.began_), request_id_(std::move(other.request_id_)) {}
  request_watch& operator=(request_watch&& other) noexcept;
  request_watch(const request_watch&) = delete;
  request_watch& operator=(const request_watch&) = delete;
  ~request_watch() { answered(503); } // what the server says in place of an answer that was dropped

  void answered(int status) noexcept;
  /// Nobody is there to be answered any more.
  void client_gone() noexcept { answered(status_of_gone_client); }

 private:
  request_observer* observer_ = nullptr; ///< null once it was told
  const route* matched_ = nullptr;
  http::method method_ = method::get;
  std::chrono::steady_clock::time_point began_;
  std::string request_id_;
};

} // namespace orderd::http
