#include "persistence/difference_sketch.hpp"

#include <algorithm>

namespace orderd {

namespace {

/// The variant of the hash that tells whether a cell holds one item alone; those below choose the cells.
constexpr std::uint64_t check_variant = 7;

/// The finisher of SplitMix64: every bit of the result depends on every bit given.
[[nodiscard]] constexpr std::uint64_t mixed(std::uint64_t value) noexcept {
  value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  value = (value ^ (value >> 27U)) * 0x94D049BB133111EBULL;
  return value ^ (value >> 31U);
}

} // namespace

difference_sketch::difference_sketch(std::uint64_t salt) : salt_(salt), cells_(tables * cells_a_table) {}

std::uint64_t difference_sketch::hash(const item& what, std::uint64_t variant) const {
  auto value = mixed(salt_ + (variant + 1) * 0x9E3779B97F4A7C15ULL);
  for (const auto word : what)
    value = mixed(value + 0x9E3779B97F4A7C15ULL + word);
  return value;
}

std::size_t difference_sketch::place(const item& what, std::size_t table) const {
  return table * cells_a_table + static_cast<std::size_t>(hash(what, table) % cells_a_table);
}

void difference_sketch::apply(const item& what, std::int64_t side) {
  const auto check = hash(what, check_variant);
  for (std::size_t table = 0; table < tables; ++table) {
    auto& each = cells_[place(what, table)];
    each.count += side;
    each.check ^= check;
    for (std::size_t i = 0; i < words; ++i)
      each.sum[i] ^= what[i];
  }
}

bool difference_sketch::is_single(const cell& each) const {
  return (each.count == 1 || each.count == -1) && each.check == hash(each.sum, check_variant);
}

difference_sketch::difference difference_sketch::resolve() {
  difference found;
  std::vector<std::size_t> singles;
  for (std::size_t i = 0; i < cells_.size(); ++i)
    if (is_single(cells_[i]))
      singles.push_back(i);
  while (!singles.empty()) {
    const auto at = singles.back();
    singles.pop_back();
    if (!is_single(cells_[at]))
      continue;
    const auto what = cells_[at].sum;
    const auto side = cells_[at].count;
    (side > 0 ? found.left : found.right).push_back(what);
    apply(what, -side);
    for (std::size_t table = 0; table < tables; ++table)
      if (const auto other = place(what, table); is_single(cells_[other]))
        singles.push_back(other);
  }
  found.whole = std::all_of(cells_.begin(), cells_.end(),
                            [](const cell& each) { return each.count == 0 && each.check == 0; });
  std::sort(found.left.begin(), found.left.end());
  std::sort(found.right.begin(), found.right.end());
  return found;
}

} // namespace orderd
