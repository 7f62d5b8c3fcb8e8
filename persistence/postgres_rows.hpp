/// The answer to one statement, in PostgreSQL's binary format.
#pragma once

#include "domain/time.hpp"
#include "domain/uuid.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

struct pg_result;

namespace orderd {

/// Owns its rows. Columns are asked for by what the statement selects: int8, int4, int2 and bool as
/// `integer`, text, varchar, json and bytea as `text`, uuid as `id`, timestamptz as `time` (whole
/// milliseconds, rounded down; the infinities are the largest and the smallest instant). Null is 0, empty,
/// nil or 1970. Asking for another type, row or column is a bug and asserted.
class postgres_rows {
 public:
  explicit postgres_rows(pg_result* owned) noexcept : handle_(owned) {}

  [[nodiscard]] std::size_t size() const noexcept;
  /// Rows that the statement changed.
  [[nodiscard]] std::uint64_t changed() const noexcept;

  [[nodiscard]] bool is_null(std::size_t row, int column) const noexcept;
  [[nodiscard]] std::int64_t integer(std::size_t row, int column) const;
  [[nodiscard]] std::optional<std::int64_t> optional_integer(std::size_t row, int column) const;
  [[nodiscard]] std::string_view text(std::size_t row, int column) const noexcept; ///< lives with the rows
  [[nodiscard]] uuid id(std::size_t row, int column) const;
  [[nodiscard]] timestamp time(std::size_t row, int column) const;
  [[nodiscard]] std::optional<timestamp> optional_time(std::size_t row, int column) const;

 private:
  struct closer {
    void operator()(pg_result* result) const noexcept;
  };
  std::unique_ptr<pg_result, closer> handle_;
};

} // namespace orderd
