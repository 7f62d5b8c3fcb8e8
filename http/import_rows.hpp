/// A catalogue as a file: rows of CSV or of JSON. A file is looked through when it is opened, so that reading
/// it afterwards meets good rows only and costs whoever reads little.
#pragma once

#include "domain/stock_rules.hpp"
#include "http/import_failures.hpp"
#include "http/query_string.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace orderd::http {

struct import_row {
  std::size_t line = 0; ///< from 1; where the row begins
  std::string sku;
  define_stock what;
};

/// The good rows of a file, in their order. Not thread safe; may move from thread to thread under a lock.
class import_rows {
 public:
  virtual ~import_rows() = default;
  /// How many rows are still to be read.
  [[nodiscard]] virtual std::size_t left() const noexcept = 0;
  /// Reads the next row, of which there must be one. If memory runs out the row is still the next one.
  [[nodiscard]] virtual import_row next() = 0;
  /// Passes over the next row, of which there must be one; gives its line.
  virtual std::size_t pass() noexcept = 0;
};

/// Where a row begins. Bodies are far smaller than 4 GiB; a file may have a row every other byte.
struct row_place {
  std::uint32_t at = 0;
  std::uint32_t line = 0;
};

struct opened_import {
  std::unique_ptr<import_rows> rows;
  import_failures bad; ///< the rows that are not among `rows`
};

/// RFC 4180 with a header line that names the columns `sku`, `name`, `price` or `price_cents`, `on_hand`,
/// `product_id`, `low_stock_threshold` in any order; others are ignored, an empty field is an absent one. 422
/// if there is no header or none of its columns is `sku`.
[[nodiscard]] checked<opened_import> open_csv(std::string text);

/// One JSON object a line; blank lines are skipped.
[[nodiscard]] opened_import open_json_lines(std::string text);

/// The same for a text that does not say it is lines: one that is one JSON array holds its rows as elements,
/// counted as lines; 400 if such an array is malformed.
[[nodiscard]] checked<opened_import> open_json_rows(std::string text);

} // namespace orderd::http
