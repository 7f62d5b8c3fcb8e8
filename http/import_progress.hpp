/// What an import shows of itself: a bar that is redrawn on a terminal, lines elsewhere, a summary.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace orderd::http {

/// How far an import is. Rows are done once the engine has answered for them.
struct import_progress {
  std::uint64_t bytes_done = 0;
  std::uint64_t bytes_total = 0; ///< 0: not known
  std::uint64_t rows = 0;        ///< created, updated, failed or done before
  std::uint64_t created = 0;
  std::uint64_t updated = 0;
  std::uint64_t failed = 0;
  std::uint64_t done_before = 0; ///< an earlier run had set these, and this one changed nothing of them
  std::chrono::milliseconds elapsed{0};
  std::string waiting = {}; ///< why nothing goes on at the moment; empty: it does
};

/// 0 to 100, and 100 only if all is done; 0 if the whole is not known.
[[nodiscard]] unsigned percent_of(const import_progress& now) noexcept;

/// One line of at most `columns` columns, ASCII without control characters. What has least to say goes first
/// where there is little room.
[[nodiscard]] std::string progress_bar(const import_progress& now, std::size_t columns);

/// The same as a line of a log, of any length.
[[nodiscard]] std::string progress_line(const import_progress& now);

/// Whether rows were taken and this run changed none: an earlier one had done all of them.
[[nodiscard]] bool is_all_done_before(const import_progress& now) noexcept;

/// What became of all rows, in one line, and in a second one what it means that an earlier run had done some.
[[nodiscard]] std::string progress_summary(const import_progress& now);

/// Judges whether a line is due: with each tenth of the whole, when a wait begins or ends, and every five
/// seconds. One thread.
class progress_pace {
 public:
  [[nodiscard]] bool is_due(const import_progress& now) noexcept;

 private:
  unsigned tenth_ = 0;
  bool waits_ = false;
  std::chrono::milliseconds last_{0};
};

} // namespace orderd::http
