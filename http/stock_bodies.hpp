/// The bodies of requests about stock, checked.
#pragma once

#include "domain/stock_rules.hpp"
#include "http/field_reader.hpp"
#include "http/json_reader.hpp"
#include "http/query_string.hpp"

#include <chrono>
#include <string>

namespace orderd::http {

/// Reads what is there of name, price, on_hand, product_id and low_stock_threshold, of which null takes the
/// threshold away; errors go to the reader's.
[[nodiscard]] define_stock read_stock_fields(field_reader& fields);

[[nodiscard]] checked<define_stock> read_define_stock(json_value body);
[[nodiscard]] checked<adjust_stock> read_adjustment(json_value body);

struct new_reservation_body {
  std::int64_t qty = 0;
  std::chrono::seconds ttl{0};
  std::string holder; ///< empty if not given
};
[[nodiscard]] checked<new_reservation_body> read_new_reservation(json_value body);
[[nodiscard]] checked<std::chrono::seconds> read_extension(json_value body);

} // namespace orderd::http
