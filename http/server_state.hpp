/// What the workers of one server share.
#pragma once

#include "http/body_budget.hpp"
#include "http/response_writer.hpp"
#include "http/server.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace orderd::http {

/// Owned by the server and its workers together. What is not atomic or under `mutex` never changes.
struct server_state {
  server_state(server_limits bounds, request_handler on_request, error_renderer on_error)
      : limits(bounds), handler(std::move(on_request)), errors(std::move(on_error)),
        bodies(bounds.body_bytes_total_max) {}

  server_limits limits;
  request_handler handler;
  error_renderer errors;
  body_budget bodies;

  /// Connections open on all workers, those that are being turned away included.
  std::atomic<std::size_t> open{0};
  std::atomic<bool> draining{false};

  std::mutex mutex;
  /// Notified while draining when a worker has begun to and when the last connection closes.
  std::condition_variable changed;
  std::size_t workers_draining = 0; ///< under `mutex`
};

/// What the connections of one worker share. Worker thread only.
struct worker_context {
  server_state& shared;
  std::chrono::steady_clock::time_point now = std::chrono::steady_clock::now();
  date_clock date;
  request current; ///< reused, so that its headers keep their memory
};

} // namespace orderd::http
