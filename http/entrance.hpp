/// What the server calls from its first request on, whether the engine is there already or not.
#pragma once

#include "config/clock.hpp"
#include "http/api.hpp"

#include <atomic>
#include <mutex>
#include <string>

namespace orderd::http {

/// Leads to the api once there is one. Until then it answers itself: 503 `recovering` to everything but
/// `/health/live` and the pages from memory, and the health pages tell what stands in the way. Any number of
/// worker threads.
class entrance {
 public:
  /// `clock` and `observer`, which may be null, must outlive the server. The observer is told of what is
  /// answered before there is an api.
  explicit entrance(const clock_port& clock, request_observer* observer = nullptr)
      : clock_(clock), observer_(observer), routes_(make_route_table()) {}

  void handle(const request& in, answer_port out) const;
  /// For the server. The entrance must outlive it.
  [[nodiscard]] request_handler handler() const;

  /// Why the engine is not there yet, as the health pages show it. Any thread.
  void set_obstacle(std::string detail);
  /// From now on `to` answers; it must outlive the server. Once, from any thread.
  void open(const api& to) noexcept { api_.store(&to, std::memory_order_release); }

 private:
  void answer_while_recovering(const request& in, answer_port& out) const;
  [[nodiscard]] std::string obstacle() const;

  const clock_port& clock_;
  request_observer* observer_;
  router routes_; ///< only for what a path means
  std::atomic<const api*> api_{nullptr};
  mutable std::mutex mutex_;
  std::string obstacle_; ///< under `mutex_`; empty before the first try has failed
};

} // namespace orderd::http
