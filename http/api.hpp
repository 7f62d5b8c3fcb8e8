/// All routes of the service behind one function.
#pragma once

#include "http/call.hpp"
#include "http/problem.hpp"

#include <optional>
#include <vector>

namespace orderd::http {

/// The table of every route: what is served, labelled in metrics and documented.
[[nodiscard]] std::vector<route> make_route_table();

/// Answers requests. Immutable; any number of worker threads.
class api {
 public:
  explicit api(api_context context);

  /// Finds the route and calls it. Answers through `out` exactly once, now or later.
  void handle(const request& in, answer_port out) const;

  /// For the server. The api must outlive it.
  [[nodiscard]] request_handler handler() const;
  [[nodiscard]] const router& routes() const noexcept { return routes_; }

 private:
  /// Finds out who calls, and whether it may at this moment: if not, says why.
  [[nodiscard]] std::optional<problem> admit(call& c) const;

  api_context context_;
  router routes_;
};

} // namespace orderd::http
