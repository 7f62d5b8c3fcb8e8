/// How far a list goes, whatever database it is read from.
#pragma once

#include "domain/assert.hpp"
#include "persistence/store.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace orderd {

/// Rows of one page or one timeline at most, whatever is asked for.
inline constexpr std::size_t list_rows_max = 1'000;

/// The rows in front of a page of `limit` rows. Asserts that it does not begin behind what is counted.
[[nodiscard]] inline std::int64_t offset_of(std::optional<std::size_t> page, std::size_t limit) {
  const std::size_t before = std::max<std::size_t>(page.value_or(1), 1) - 1;
  ORDERD_ASSERT(before <= rows_counted_max && before * limit <= rows_counted_max);
  return static_cast<std::int64_t>(before * limit);
}

} // namespace orderd
