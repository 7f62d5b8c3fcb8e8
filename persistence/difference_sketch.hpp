/// Finds what is in one of two large sets and not in the other, in memory that depends on the differences
/// alone: an invertible Bloom lookup table.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace orderd {

/// Each item is added to one side or the other, in any order. What both have cancels out; what is left can be
/// told, item by item, as long as it is not much more than `sketch_items_told`. One thread.
class difference_sketch {
 public:
  static constexpr std::size_t words = 14;
  using item = std::array<std::uint64_t, words>;

  struct difference {
    std::vector<item> left; ///< what only the left side has
    std::vector<item> right;
    bool whole = true; ///< false: there is more than could be told
  };

  /// `salt` is best a random number: no data can then be made that it fails at.
  explicit difference_sketch(std::uint64_t salt);

  void add_left(const item& what) { apply(what, 1); }
  void add_right(const item& what) { apply(what, -1); }

  /// Takes the sketch apart; it is of no more use.
  [[nodiscard]] difference resolve();

 private:
  struct cell {
    std::int64_t count = 0;
    std::uint64_t check = 0;
    item sum{};
  };
  static constexpr std::size_t tables = 3;
  static constexpr std::size_t cells_a_table = 4096;

  void apply(const item& what, std::int64_t side);
  [[nodiscard]] std::size_t place(const item& what, std::size_t table) const;
  [[nodiscard]] std::uint64_t hash(const item& what, std::uint64_t variant) const;
  [[nodiscard]] bool is_single(const cell& each) const;

  std::uint64_t salt_;
  std::vector<cell> cells_;
};

/// So many differences are told apart with all but certainty.
inline constexpr std::size_t sketch_items_told = 8'000;

} // namespace orderd
