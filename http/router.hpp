/// Which handler a method and path belong to.
#pragma once

#include "http/server.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace orderd::http {

struct call;

/// Answers one call. Plain functions: all that they need is in the call.
using route_handler = void (*)(call&);

struct route {
  http::method method = method::get;
  std::string_view path_template; ///< a literal like `/orders/{id}`
  route_handler handler = nullptr;
  bool needs_caller = true; ///< the identity is read and checked before the handler is called
  std::size_t number = 0;   ///< its place in the table; the router sets it
};

/// The parts of a path that stand for `{…}`, still percent-encoded, in order. Views into the request.
struct path_parameters {
  static constexpr std::size_t count_max = 2;
  std::array<std::string_view, count_max> values;
  std::size_t count = 0;
};

/// What a path leads to.
struct route_match {
  const route* found = nullptr;   ///< null: no such path, or not this method
  std::string_view path_template; ///< empty: no such path
  std::string_view allow;         ///< the value of the Allow header for this path
  path_parameters parameters;
};

/// An immutable table: any thread may match. A path is compared part by part with each template of as many
/// parts, so the work is bounded by the table and the length of the path.
class router {
 public:
  /// Where two templates fit a path, the earlier one in `table` is meant.
  explicit router(std::vector<route> table);
  router(const router&) = delete;
  router& operator=(const router&) = delete;

  /// HEAD finds what GET finds. A prefix `/api` and one slash at the end make no difference.
  [[nodiscard]] route_match match(method m, std::string_view path) const noexcept;
  [[nodiscard]] const std::vector<route>& table() const noexcept { return table_; }

 private:
  static constexpr std::size_t parts_max = 8;
  /// All methods of one template.
  struct resource {
    std::string_view path_template;
    std::vector<std::string_view> parts;
    std::vector<const route*> routes;
    std::string allow;
  };
  resource& resource_of(std::string_view path_template);

  std::vector<route> table_;
  std::vector<resource> resources_;
};

/// The one spelling of a path: without the prefix `/api` and one slash at the end.
[[nodiscard]] std::string_view canonical_path(std::string_view path) noexcept;

[[nodiscard]] std::string_view to_text(method m) noexcept;

} // namespace orderd::http
