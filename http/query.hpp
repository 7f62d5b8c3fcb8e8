/// Query parameters: paging, filters and cursors.
#pragma once

#include "actors/requests.hpp"
#include "http/problem.hpp"

#include <tl/expected.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace orderd::http {

/// Decodes %XX (and `+` as a space where `plus_is_space`). Nothing when an escape is malformed or the result
/// holds NUL or is not UTF-8.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

/// Reads `status`, `customer_id`, `created_after`, `created_before`, `limit`, `cursor`, `page`. Unknown names
/// are ignored. Problems: bad_parameter, unknown_status. The query's `limit` is the page's.
[[nodiscard]] tl::expected<order_query, problem> read_order_query(std::string_view query);
[[nodiscard]] tl::expected<stock_query, problem> read_stock_query(std::string_view query);
struct timeline_paging {
  std::uint64_t after_version = 0;
  std::size_t limit = 100;
};
[[nodiscard]] tl::expected<timeline_paging, problem> read_timeline_query(std::string_view query);

/// Opaque cursors: base64url of a versioned key, naming the last item shown.
[[nodiscard]] std::string order_cursor(const order& last);
[[nodiscard]] std::string stock_cursor(const stock_view& last);
[[nodiscard]] std::string timeline_cursor(std::uint64_t last_version);

/// Encodes all but unreserved characters (RFC 3986).
[[nodiscard]] std::string percent_encode(std::string_view text);

/// The query of the next page: the same parameters with `cursor` (or `page`) replaced, for the Link field.
[[nodiscard]] std::string with_parameter(std::string_view query, std::string_view name,
                                         std::string_view value);

/// `If-Match`: the version asked for, nothing for `*` or no field. A list takes its first tag... see If-Match
/// rules.
[[nodiscard]] tl::expected<std::optional<std::uint64_t>, problem> read_if_match(std::string_view field);

} // namespace orderd::http
