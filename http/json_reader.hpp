/// Request bodies: JSON text to values, with every fault named.
#pragma once

#include "actors/requests.hpp"
#include "domain/order.hpp"
#include "http/problem.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace orderd::http {

/// A body's text, with `padding_bytes` of readable, writable room behind it.
struct body_view {
  std::string_view text;
  std::size_t padding_bytes = 0;
};

/// A value as far as it could be read, and what was wrong with it. Fields that are not asked for are ignored,
/// but the whole document must be JSON.
template <class T> struct reading {
  T value;
  std::string malformed;           ///< not JSON (400): why; empty if it is
  std::vector<field_error> errors; ///< JSON of the wrong shape (422)
};

struct line_body {
  std::string sku; ///< empty when named by product_id
  std::optional<std::int64_t> product_id;
  std::int64_t qty = 0;
  std::optional<cents> price;
};
struct reservation_ref {
  std::string sku;
  uuid id;
};
struct order_body {
  std::optional<std::string>
      customer_id; ///< 1-64 characters; a UUID or the caller's name, which the route checks
  std::vector<line_body> items;
  std::vector<reservation_ref> reservations;
  bool names_items = false; ///< `items` or `reservations` is there, be it empty
  std::string metadata = "{}";
  std::optional<std::string> status; ///< as sent: the route knows which are allowed
};
struct change_body {
  std::optional<std::string> status;
  std::optional<std::string> metadata; ///< a JSON object's text: a merge patch (RFC 7396)
  std::optional<std::string> runner_id;
  std::optional<std::string> reason;
};
struct reservation_body {
  std::int64_t qty = 0;
  std::int64_t ttl_seconds = 600;
  std::optional<std::string> holder;
};
struct import_row {
  std::string sku;
  define_stock define;
};

[[nodiscard]] reading<order_body> read_order(body_view body);
/// PUT, PATCH and the transitions' bodies; an empty text is an empty change.
[[nodiscard]] reading<change_body> read_change(body_view body);
[[nodiscard]] reading<define_stock> read_stock(body_view body);
[[nodiscard]] reading<adjust_stock> read_adjustment(body_view body);
[[nodiscard]] reading<reservation_body> read_reservation(body_view body);
/// `{"ttl_seconds"}`, which is required.
[[nodiscard]] reading<std::int64_t> read_ttl(body_view body);
/// One line of an NDJSON catalogue: `{"sku","name","price"|"price_cents","on_hand","product_id"}`.
[[nodiscard]] reading<import_row> read_import_row(body_view body);

/// Applies a merge patch to a JSON object's text, both validated before. Refused with `invalid_field` beyond
/// 16 KiB.
[[nodiscard]] decision<std::string> merge_metadata(std::string_view current, std::string_view patch);

/// Reads a decimal or integer given as text in a CSV cell.
[[nodiscard]] std::optional<std::int64_t> read_integer(std::string_view text);

} // namespace orderd::http
