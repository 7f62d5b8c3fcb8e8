/// A catalogue as a file: rows of CSV or of JSON, read one by one.
#pragma once

#include "domain/stock_rules.hpp"
#include "http/query_string.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace orderd::http {

struct import_row {
  std::size_t line = 0; ///< from 1; where the row begins
  std::string sku;
  define_stock what;
};
struct bad_row {
  std::size_t line = 0;
  std::string detail;
};

/// Not thread safe; may move from thread to thread under a lock.
class import_rows {
 public:
  virtual ~import_rows() = default;
  /// The next row, or nothing at the end.
  virtual std::optional<std::variant<import_row, bad_row>> next() = 0;
};

/// RFC 4180 with a header line that names the columns `sku`, `name`, `price` or `price_cents`, `on_hand`,
/// `product_id` in any order; others are ignored, an empty field is an absent one. 422 if there is no header
/// or none of its columns is `sku`.
[[nodiscard]] checked<std::unique_ptr<import_rows>> open_csv(std::string text);

/// One JSON object a line; blank lines are skipped. A text that is one JSON array holds its rows as elements,
/// counted as lines; 400 if such an array is malformed.
[[nodiscard]] checked<std::unique_ptr<import_rows>> open_json_rows(std::string text);

} // namespace orderd::http
