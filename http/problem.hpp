/// Errors as clients see them: RFC 9457 problem details, one shape for every layer that refuses.
#pragma once

#include "config/clock.hpp"
#include "domain/rejection.hpp"
#include "http/server.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace orderd::http {

class request_observer;

/// What is wrong with one field of a body or one parameter. `code` is a literal.
struct field_error {
  std::string field; ///< a path like `items[0].qty`
  std::string_view code;
  std::string detail; ///< a sentence naming the value at fault
};

/// An error on its way to the client.
struct problem {
  int status = 400;
  std::string_view code; ///< a literal in snake_case
  std::string detail;
  std::vector<field_error> errors;
  std::vector<shortage> shortages;
  std::vector<std::string_view> allowed; ///< illegal_transition: literals
  std::string_view challenge = "X-User"; ///< of a 401, a literal: how to say who calls
};

/// The answer; `request_id` may be empty. 503 and 429 get Retry-After, 401 its challenge.
[[nodiscard]] response to_response(const problem& what, std::string_view request_id);

/// The status of each refusal of the rules.
[[nodiscard]] int status_of(rejection_code code) noexcept;
[[nodiscard]] problem to_problem(rejection refused);

[[nodiscard]] problem bad_parameter(std::string detail, std::string field = {});
[[nodiscard]] problem malformed_json(const std::string& reason);
/// 422 with every field at fault; `errors` must not be empty.
[[nodiscard]] problem invalid_fields(std::vector<field_error> errors);
[[nodiscard]] problem invalid_field(std::string field, std::string detail);

/// For the server's own refusals. Many are given before a request is framed, so each has an id of its own.
/// `observer` is told of those that have no watch, unless it is null. Both must outlive the server.
[[nodiscard]] error_renderer server_error_renderer(const clock_port& clock,
                                                   request_observer* observer = nullptr);

} // namespace orderd::http
