/// The HTTP API: finds the route of a request, names the request, and hands it on.
#pragma once

#include "actors/engine.hpp"
#include "config/clock.hpp"
#include "http/router.hpp"
#include "http/server.hpp"

#include <atomic>
#include <string>
#include <vector>

namespace orderd::http {

/// What the routes stand on. Read by worker threads; outlives the server.
struct api_context {
  orderd::engine& engine;
  const clock_port& clock;
  std::vector<std::string> operators;
  order_status placement = order_status::processed; ///< of a new order that names no status
  std::string currency;
  const std::atomic<bool>& draining; ///< the process is about to end: not ready
};

/// Worker threads call `handle`.
class api {
 public:
  explicit api(const api_context& context);

  /// Takes a request; the answer comes through the responder, at once or from an actor.
  void handle(const request& from, responder reply) const;

 private:
  const api_context& context_;
  router routes_;
};

} // namespace orderd::http
