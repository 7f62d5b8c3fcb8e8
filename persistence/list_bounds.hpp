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

/// The rows in front of a page. Asserts that it does not begin behind what is counted.
[[nodiscard]] inline std::int64_t offset_of(std::optional<std::size_t> page, std::size_t limit) {
  const std::size_t number = std::max<std::size_t>(page.value_or(1), 1);
  ORDERD_ASSERT(is_counted(number, limit));
  return static_cast<std::int64_t>((number - 1) * limit);
}

} // namespace orderd
