/// Errors as RFC 9457 `application/problem+json`.
#pragma once

#include "domain/rejection.hpp"
#include "http/server.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace orderd::http {

/// One field at fault, e.g. {"items[0].qty", "out_of_range", "qty must be 1 to 2147483647, not 0"}.
struct field_error {
  std::string field;
  std::string code;
  std::string detail;

  bool operator==(const field_error&) const = default;
};

struct problem {
  int status = 500;
  std::string_view code; ///< a literal: stable snake_case
  std::string detail;    ///< a sentence that names the value at fault
  std::vector<field_error> errors;
  std::vector<shortage> shortages;       ///< shown as `errors[]` of sku, requested, available
  std::vector<std::string_view> allowed; ///< `illegal_transition`: statuses that are allowed
  std::vector<std::pair<std::string, std::string>>
      headers; ///< e.g. Allow; Retry-After comes by itself on 503
};

/// A problem with the status that belongs to `code`, one of the words of the HTTP contract. Asserts that it
/// is one.
[[nodiscard]] problem make_problem(std::string_view code, std::string detail);
/// `invalid_field` (422) with its fields; the detail names the first.
[[nodiscard]] problem invalid_fields(std::vector<field_error> errors);
[[nodiscard]] problem to_problem(rejection&& why);

/// The answer: `type`, `title`, `status`, `detail`, `code`, `errors`, `allowed`, `request_id`; `Retry-After`
/// on 503.
[[nodiscard]] response to_response(const problem& what, std::string_view request_id);
/// The server's own errors (framing, timeouts), as `error_renderer`.
[[nodiscard]] response render_server_error(int status, std::string_view code, std::string_view detail);

} // namespace orderd::http
