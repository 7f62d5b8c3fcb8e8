/// Who a request comes from, in `AUTH=open`.
#pragma once

#include "domain/order_rules.hpp"
#include "http/problem.hpp"

#include <tl/expected.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace orderd::http {

/// Nobody named is the operator; a user on the list is one by name; anybody else is a customer. A malformed
/// `X-User` (not 1-64 printable characters) is `bad_parameter`.
[[nodiscard]] tl::expected<caller, problem> identify(const request& from,
                                                     const std::vector<std::string>& operators);

/// True for 1 to `bytes_max` bytes of UTF-8 without control characters.
[[nodiscard]] bool is_printable(std::string_view text, std::size_t bytes_max) noexcept;

} // namespace orderd::http
