/// Splits CSV into its records: for whoever reads rows, and for whoever cuts a file between them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace orderd::http {

inline constexpr std::size_t csv_columns_max = 64;

/// Where a record begins: the offset of its first byte, and its line, from 1.
struct csv_place {
  std::size_t at = 0;
  std::size_t line = 1;
};

/// A record of the text: its fields without quotes, or what is wrong with it.
struct csv_record {
  csv_place place;
  std::vector<std::string> fields;
  std::string trouble;
};

/// Splits text into records (RFC 4180; a lone LF or CR ends a record too, only an LF counts as a line).
/// Passes over a byte order mark at the front. The text must outlive it. Not thread safe.
class csv_splitter {
 public:
  explicit csv_splitter(std::string_view text) noexcept;

  /// Goes to where a record began.
  void seek(csv_place place) noexcept {
    at_ = place.at;
    line_ = place.line;
  }
  /// Behind what was read.
  [[nodiscard]] csv_place place() const noexcept { return {at_, line_}; }

  /// The next record that is not blank.
  [[nodiscard]] std::optional<csv_record> next();

 private:
  bool take(char c) noexcept;
  void take_line_end() noexcept;
  void take_field(csv_record& record);
  void take_quoted(std::string& field, csv_record& record);

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

} // namespace orderd::http
