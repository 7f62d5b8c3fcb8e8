/// The rows of an import that came to nothing: how many there were, and the first of them by line.
#pragma once

#include "config/limits.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace orderd::http {

struct bad_row {
  std::size_t line = 0;
  std::string_view code; ///< a literal: `invalid_field`, `malformed_json`, or the refusal's
  std::string detail;
};

/// Not thread safe. Takes its memory when it is made.
class import_failures {
 public:
  import_failures() { first_.reserve(limits::import_errors_reported_max + 1); }

  /// Rows may come in any order of lines.
  void note(bad_row row) noexcept {
    ++count_;
    first_.push_back(std::move(row));
    std::push_heap(first_.begin(), first_.end(), by_line);
    if (first_.size() > limits::import_errors_reported_max) {
      std::pop_heap(first_.begin(), first_.end(), by_line);
      first_.pop_back();
    }
  }
  /// Counts rows that lie behind as many as are reported.
  void note_more(std::uint64_t rows) noexcept { count_ += rows; }

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  /// At most import_errors_reported_max, by line.
  [[nodiscard]] std::vector<bad_row> take_first() noexcept {
    std::sort_heap(first_.begin(), first_.end(), by_line);
    return std::exchange(first_, {});
  }

 private:
  static bool by_line(const bad_row& a, const bad_row& b) noexcept { return a.line < b.line; }

  std::uint64_t count_ = 0;
  std::vector<bad_row> first_; ///< a heap: the last line on top
};

} // namespace orderd::http
