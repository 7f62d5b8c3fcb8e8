/// One request from its arrival to its answer, for those who count, time, log or trace it.
#pragma once

#include "actors/request_trace.hpp"
#include "http/router.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace orderd::http {

/// The status that is noted of a request whose client has gone before its answer.
inline constexpr int status_of_gone_client = 499;

/// Whom a request was taken to come from.
enum class caller_kind : std::uint8_t {
  nobody, ///< the route asks for no identity, or the one given was refused
  customer,
  named_operator,
  nameless_operator, ///< who gave no name where that makes an operator
};

/// `nobody`, `customer`, `operator` or `nameless_operator`.
[[nodiscard]] std::string_view to_text(caller_kind kind) noexcept;

/// What came of a request.
struct request_result {
  int status = 0;
  std::string_view code = {}; ///< of a refusal, a literal; empty if it was none
  bool is_replay = false;     ///< a request that came again was told what the first one was
};

/// A request that is over.
struct answered_request {
  const route* matched = nullptr; ///< another of its path if its method has none; null: leads nowhere
  http::method method = method::get;
  request_result result;
  caller_kind asked_by = caller_kind::nobody;
  std::chrono::nanoseconds took{0};     ///< from the call of the routes until the answer was made
  std::string_view request_id;          ///< may be empty; a view that does not outlive the call
  const request_trace* trace = nullptr; ///< null: the request is not traced
};

/// What the server has refused by itself: what was no request yet, or a connection. Views of the call.
struct server_refusal {
  int status = 0;
  std::string_view code; ///< a literal
  std::string_view detail;
  std::string_view request_id;
};

/// Is told of every request once. Any thread; must neither block nor throw. Outlives the last request.
class request_observer {
 public:
  virtual ~request_observer() = default;
  virtual void answered(const answered_request& what) noexcept = 0;
  /// Of these nobody is told by `answered`.
  virtual void refused(const server_refusal& /*what*/) noexcept {}
};

/// Several of them in turn. Does not own them.
class request_observers final : public request_observer {
 public:
  explicit request_observers(std::vector<request_observer*> all) : all_(std::move(all)) {}

  void answered(const answered_request& what) noexcept override {
    for (auto* const each : all_)
      each->answered(what);
  }
  void refused(const server_refusal& what) noexcept override {
    for (auto* const each : all_)
      each->refused(what);
  }

 private:
  std::vector<request_observer*> all_;
};

/// Goes with the right to answer one request, and tells the observer once: of the answer, or when it is
/// destroyed without one.
class request_watch {
 public:
  request_watch() noexcept = default;
  /// Begins now. `matched`, `observer` and `trace` may be null; a trace's span ends with the answer.
  request_watch(request_observer* observer, const route* matched, http::method method, std::string request_id,
                std::shared_ptr<const request_trace> trace = nullptr);
  request_watch(request_watch&& other) noexcept
      : observer_(std::exchange(other.observer_, nullptr)), matched_(other.matched_), method_(other.method_),
        asked_by_(other.asked_by_), began_(other.began_), request_id_(std::move(other.request_id_)),
        trace_(std::move(other.trace_)) {}
  request_watch& operator=(request_watch&& other) noexcept;
  request_watch(const request_watch&) = delete;
  request_watch& operator=(const request_watch&) = delete;
  ~request_watch() { dropped(); }

  /// Before the answer.
  void set_caller(caller_kind kind) noexcept { asked_by_ = kind; }

  void answered(const request_result& result) noexcept;
  void sent(const response& answer) noexcept { answered({answer.status, answer.code, answer.is_replay}); }
  /// Nobody is there to be answered any more. `code` and `is_replay` tell what became of the request.
  void client_gone(std::string_view code, bool is_replay) noexcept {
    answered({status_of_gone_client, code, is_replay});
  }

 private:
  /// What the server says in place of an answer that was dropped.
  void dropped() noexcept { answered({503, "overloaded"}); }

  request_observer* observer_ = nullptr; ///< null once it was told
  const route* matched_ = nullptr;
  http::method method_ = method::get;
  caller_kind asked_by_ = caller_kind::nobody;
  std::chrono::steady_clock::time_point began_;
  std::string request_id_;
  std::shared_ptr<const request_trace> trace_; ///< null once its span has ended
};

} // namespace orderd::http
