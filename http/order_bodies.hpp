/// The bodies of requests about orders, checked.
#pragma once

#include "domain/order.hpp"
#include "http/json_reader.hpp"
#include "http/query_string.hpp"

#include <optional>
#include <string>
#include <vector>

namespace orderd::http {

/// What `POST /orders` was given. Lines have neither ids nor times nor catalogue data yet.
struct new_order_body {
  std::optional<std::string> customer_id; ///< in its one spelling
  std::vector<order_line> lines;
  std::string metadata = "{}";
  std::optional<order_status> status; ///< draft or registered
};

/// Refusals in order: `invalid_field` for the shape, `unknown_status`, `empty_items`. `caller_name` is the
/// one customer_id that need not be a UUID.
[[nodiscard]] checked<new_order_body> read_new_order(json_value body, const std::string& caller_name);

/// What PUT and PATCH of an order were given.
struct order_change_body {
  std::optional<order_status> status;
  std::optional<std::string> metadata; ///< the patch, minified
  std::string runner_id;
  std::string reason;
};

enum class change_form : std::uint8_t {
  whole, ///< PUT, and PATCH of the status: the status is required, metadata are not looked at
  merge, ///< PATCH: status, metadata or both
};
[[nodiscard]] checked<order_change_body> read_order_change(json_value body, change_form form);

/// The body of accept and cancel: `runner_id` and `reason`, both optional.
[[nodiscard]] checked<order_change_body> read_transition(json_value body);

/// `unknown_status` for a word that is no status.
[[nodiscard]] checked<order_status> read_status(std::string_view text);

} // namespace orderd::http
