/// The route table: which handler a method and a path mean.
#pragma once

#include "http/problem.hpp"
#include "http/server.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace orderd::http {

/// A request on its way to its handler. Views live as long as the server's request.
struct call {
  const http::request& request;
  std::vector<std::string> parameters; ///< percent-decoded values of the template's `{names}`, in order
  std::string request_id;
};

using route_handler = std::function<void(call&&, responder)>;

struct route {
  http::method method = http::method::get;
  std::string_view path; ///< a template: `/orders/{id}/events`; a literal
  route_handler handle;
};

/// What a path leads to: a route and its parameters, or a problem (400 bad encoding, 404 not_found, 405
/// method_not_allowed with Allow). For OPTIONS, the methods allowed.
struct route_match {
  const route* found = nullptr;
  std::vector<std::string> parameters;
};
struct allowed_methods {
  std::string list; ///< for the Allow field
};

/// Built once, then read by any thread. Matching is linear in the path's length; a literal segment wins over
/// a parameter.
class router {
 public:
  explicit router(std::vector<route> table);

  /// `path` is as sent: with or without the prefix `/api`, with or without a trailing slash. HEAD takes GET's
  /// route.
  [[nodiscard]] std::variant<route_match, allowed_methods, problem> match(method m,
                                                                          std::string_view path) const;
  [[nodiscard]] const std::vector<route>& table() const noexcept { return table_; }

 private:
  struct node;
  std::vector<route> table_;
  std::vector<std::vector<std::string>> segments_; ///< of each route's template
};

} // namespace orderd::http
