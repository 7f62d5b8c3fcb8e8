#include "http/import_cutter.hpp"

#include "http/csv_splitter.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace orderd::http {
namespace {

constexpr std::size_t read_bytes = std::size_t{64} << 10U;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view history_mark = "ORDERDHX";
constexpr std::string_view blanks = " \t\r\n";

[[nodiscard]] tl::unexpected<std::string> trouble(std::string sentence) {
  return tl::unexpected<std::string>(std::move(sentence));
}

} // namespace

import_cutter::import_cutter(source from, import_part_limits limits)
    : from_(std::move(from)), limits_(limits) {}

tl::expected<std::optional<import_part>, std::string> import_cutter::next() {
  if (!std::exchange(begun_, true))
    if (auto good = begin(); !good)
      return tl::unexpected(std::move(good.error()));
  std::size_t end = 0;
  std::size_t line = line_;
  std::size_t rows = 0;
  while (rows < limits_.rows_max) {
    std::size_t next_end = end;
    std::size_t next_line = line;
    bool is_row = false;
    const bool is_whole = pass_row(next_end, next_line, is_row);
    // Where a part ends must not depend on how much was read at a time.
    if ((is_whole ? next_end : text_.size()) > limits_.bytes_max) {
      if (rows > 0)
        break;
      if (end == 0)
        return too_long();
      drop(end, line);
      end = 0;
    } else if (!is_whole) {
      if (auto good = read_more(); !good)
        return tl::unexpected(std::move(good.error()));
    } else if (next_end == end) {
      break; // the end of the file
    } else {
      end = next_end;
      line = next_line;
      rows += is_row ? 1 : 0;
    }
  }
  const bool header_alone = rows == 0 && !gave_part_ && !header_.empty();
  if (rows == 0 && !header_alone)
    return std::nullopt;
  gave_part_ = true;
  return make_part(end, line, rows);
}

tl::expected<void, std::string> import_cutter::begin() {
  while (text_.size() < history_mark.size() + byte_order_mark.size() && !ended_)
    if (auto good = read_more(); !good)
      return good;
  if (text_.starts_with(history_mark))
    return trouble("it is a history that orderd --export wrote, and no catalogue; orderd --import reads it");
  if (text_.starts_with(byte_order_mark)) {
    text_.erase(0, byte_order_mark.size());
    passed_bytes_ += byte_order_mark.size();
  }
  std::size_t first = text_.find_first_not_of(blanks);
  while (first == std::string::npos && !ended_ && text_.size() <= limits_.bytes_max) {
    if (auto good = read_more(); !good)
      return good;
    first = text_.find_first_not_of(blanks);
  }
  if (first == std::string::npos)
    return trouble(ended_ ? "it is empty" : "it begins with more blanks than a row may have");
  if (text_[first] == '[')
    return trouble("it is one JSON array, which cannot be cut; write one object a line (jq -c '.[]')");
  format_ = text_[first] == '{' ? catalogue_format::json_lines : catalogue_format::csv;
  return format_ == catalogue_format::csv ? take_header() : tl::expected<void, std::string>{};
}

tl::expected<void, std::string> import_cutter::take_header() {
  std::size_t end = 0;
  std::size_t line = 1;
  bool is_row = false;
  while (!pass_row(end, line, is_row)) {
    if (text_.size() > limits_.bytes_max)
      break;
    if (auto good = read_more(); !good)
      return good;
  }
  if (end == 0 || end > limits_.bytes_max)
    return trouble("line 1: the header has more than " + std::to_string(limits_.bytes_max) + " bytes");
  header_ = text_.substr(0, end);
  header_lines_ = line - 1;
  drop(end, line);
  // The last line of a file may lack its end, and a lone CR is one that is not counted.
  if (!header_.ends_with('\n')) {
    header_ += '\n';
    ++header_lines_;
  }
  return {};
}

tl::expected<void, std::string> import_cutter::read_more() {
  const auto before = text_.size();
  auto good = from_(text_, read_bytes);
  ended_ = good && text_.size() == before;
  return good;
}

bool import_cutter::pass_row(std::size_t& end, std::size_t& line, bool& is_row) const {
  if (end >= text_.size())
    return ended_;
  if (format_ == catalogue_format::json_lines) {
    const auto line_end = text_.find('\n', end);
    if (line_end == std::string::npos && !ended_)
      return false;
    const auto behind = line_end == std::string::npos ? text_.size() : line_end + 1;
    is_row = std::string_view(text_).substr(end, behind - end).find_first_not_of(blanks) != std::string::npos;
    line += line_end == std::string::npos ? 0 : 1;
    end = behind;
    return true;
  }
  csv_splitter records(text_);
  records.seek({end, line});
  const bool found = records.next().has_value();
  // A record that touches the end of what was read may go on behind it, and a CR may be followed by its LF.
  if (records.place().at >= text_.size() && !ended_)
    return false;
  is_row = found;
  end = records.place().at;
  line = records.place().line;
  return true;
}

void import_cutter::drop(std::size_t end, std::size_t line) {
  text_.erase(0, end);
  passed_bytes_ += end;
  line_ = line;
}

tl::unexpected<std::string> import_cutter::too_long() const {
  return trouble("line " + std::to_string(line_) + ": the row that begins here has more than " +
                 std::to_string(limits_.bytes_max) + " bytes" +
                 (format_ == catalogue_format::csv ? "; is a quote never closed?" : ""));
}

import_part import_cutter::make_part(std::size_t end, std::size_t line, std::size_t rows) {
  import_part part;
  part.body.reserve(header_.size() + end);
  part.body.append(header_).append(text_, 0, end);
  part.rows = rows;
  part.first_line = line_;
  part.header_lines = header_lines_;
  drop(end, line);
  part.end_line = line;
  part.file_bytes = passed_bytes_;
  return part;
}

} // namespace orderd::http
