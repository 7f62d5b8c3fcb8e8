#include "config/limits.hpp"
#include "config/log_line.hpp"
#include "config/settings_sources.hpp"

#include <algorithm>
#include <numeric>

namespace orderd {

namespace {

/// Names are short; what is longer is no misspelling, and the comparison is quadratic.
constexpr std::size_t compared_bytes_max = 100;

/// A name without what many of them share, which would make any two of them look alike.
std::string comparable(std::string_view name) {
  while (name.starts_with('-'))
    name.remove_prefix(1);
  constexpr std::string_view prefix = "orderd_";
  std::string core = folded(name);
  if (core.starts_with(prefix))
    core.erase(0, prefix.size());
  return core;
}

} // namespace

std::size_t edit_distance(std::string_view from, std::string_view to) {
  // Three rows of the matrix are enough: a swap of neighbours looks two rows back.
  std::vector<std::size_t> before(to.size() + 1);
  std::vector<std::size_t> above(to.size() + 1);
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(above.begin(), above.end(), std::size_t{0});
  for (std::size_t i = 1; i <= from.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t replaced = above[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[to.size()];
}

std::string nearest_name_hint(std::string_view name, const std::vector<std::string>& candidates) {
  if (name.size() > compared_bytes_max)
    return {};
  const std::string wanted = comparable(name);
  if (wanted.empty())
    return {};
  const std::string* nearest = nullptr;
  std::size_t least = std::max<std::size_t>(2, wanted.size() / 2) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(wanted, comparable(candidate));
    if (distance < least) {
      least = distance;
      nearest = &candidate;
    }
  }
  return nearest == nullptr ? std::string{} : " (did you mean " + *nearest + "?)";
}

std::string in_quotes(std::string_view value) {
  std::string out = "'";
  log::append_escaped(out, value, limits::quoted_value_bytes_max);
  return out += '\'';
}

} // namespace orderd
