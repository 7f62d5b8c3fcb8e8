/// Where a list goes on: opaque cursors, and the parameters that page a list.
#pragma once

#include "domain/time.hpp"
#include "domain/uuid.hpp"
#include "http/query_string.hpp"
#include "persistence/cloud_event.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace orderd::http {

/// The last order of a page of a list, newest first.
struct order_position {
  timestamp created_at;
  uuid id;
  bool operator==(const order_position&) const = default;
};

/// A cursor is base64url of a byte for kind and version and the key behind it. It says nothing of the other
/// parameters: they are sent again with it.
[[nodiscard]] std::string encode_cursor(const order_position& last);
[[nodiscard]] std::string encode_stock_cursor(std::string_view last_sku);
[[nodiscard]] std::string encode_timeline_cursor(std::uint64_t last_version);

[[nodiscard]] std::string encode_event_cursor(const event_position& looked_to);

/// Nothing for text that is no cursor of this kind.
[[nodiscard]] std::optional<order_position> decode_order_cursor(std::string_view text);
[[nodiscard]] std::optional<std::string> decode_stock_cursor(std::string_view text);
[[nodiscard]] std::optional<std::uint64_t> decode_timeline_cursor(std::string_view text);
[[nodiscard]] std::optional<event_position> decode_event_cursor(std::string_view text);

/// How a list is paged.
struct paging {
  std::size_t limit = 0;
  std::optional<std::string> cursor; ///< as sent
  std::optional<std::size_t> page;   ///< from 1
};

/// Reads `limit`, `cursor` and `page`. Refused with `bad_parameter`: out of range, no number, both `cursor`
/// and `page`, a page that begins behind the rows that are counted.
[[nodiscard]] checked<paging> read_paging(const query_parameters& query);

/// The refusal of a cursor that could not be decoded.
[[nodiscard]] problem bad_cursor(std::string_view text);

} // namespace orderd::http
