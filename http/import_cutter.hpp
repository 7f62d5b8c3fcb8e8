/// Cuts a catalogue between its rows into parts that are requests of their own. The file is never in memory
/// as a whole.
#pragma once

#include "config/result.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace orderd::http {

enum class catalogue_format : std::uint8_t { csv, json_lines };

/// Both well under what an engine takes in one request unless it is told otherwise.
struct import_part_limits {
  std::size_t bytes_max = std::size_t{512} << 10U; ///< of the rows, and of the header
  std::size_t rows_max = 1000;
};

/// Rows that follow each other, behind the header if there is one.
struct import_part {
  std::string body;
  std::size_t rows = 0;
  std::size_t first_line = 0;   ///< in the file, of its first byte behind the header
  std::size_t end_line = 0;     ///< in the file, of the first byte behind it
  std::size_t header_lines = 0; ///< in the body, before that byte
  std::uint64_t file_bytes = 0; ///< how far into the file it reaches

  /// The line of the file that is this line of the body; lines count from 1.
  [[nodiscard]] std::size_t line_in_file(std::size_t line) const noexcept {
    return line > header_lines ? line - header_lines + first_line - 1 : line;
  }
};

/// Reads bytes when it needs some. CSV is recognised by not beginning with `{` or `[`; a byte order mark is
/// dropped. A row is a line that is not blank or, of CSV, what the engine takes for one: quoted fields may
/// hold line ends. Parts are the same for the same bytes and limits. One thread.
class import_cutter {
 public:
  /// Appends some bytes to the text, at most as many as asked for; none at the end of the file. A problem is
  /// a sentence.
  using source = std::function<tl::expected<void, std::string>(std::string& text, std::size_t bytes_max)>;

  explicit import_cutter(source from, import_part_limits limits = {});

  /// The next part; nothing behind the last one. A file of a header alone is one part without rows. A
  /// problem is a sentence that names the line, and the last thing to come.
  [[nodiscard]] tl::expected<std::optional<import_part>, std::string> next();

  [[nodiscard]] catalogue_format format() const noexcept { return format_; }

 private:
  [[nodiscard]] tl::expected<void, std::string> begin();
  [[nodiscard]] tl::expected<void, std::string> take_header();
  [[nodiscard]] tl::expected<void, std::string> read_more();
  /// Moves `end` behind the next row of what was read, beginning there. False if the text ends before that is
  /// sure.
  [[nodiscard]] bool pass_row(std::size_t& end, std::size_t& line, bool& is_row) const;
  /// Forgets what was read up to `end`, where `line` begins.
  void drop(std::size_t end, std::size_t line);
  [[nodiscard]] tl::unexpected<std::string> too_long() const;
  [[nodiscard]] import_part make_part(std::size_t end, std::size_t line, std::size_t rows);

  const source from_;
  const import_part_limits limits_;
  catalogue_format format_ = catalogue_format::csv;
  std::string header_; ///< with its line end
  std::size_t header_lines_ = 0;
  std::string text_;               ///< read and not yet given out
  std::size_t line_ = 1;           ///< of the first byte of that
  std::uint64_t passed_bytes_ = 0; ///< of the file, before that
  bool begun_ = false;
  bool ended_ = false; ///< nothing more can be read
  bool gave_part_ = false;
};

} // namespace orderd::http
