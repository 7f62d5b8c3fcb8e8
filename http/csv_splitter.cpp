#include "http/csv_splitter.hpp"

#include <algorithm>
#include <utility>

namespace orderd::http {

csv_splitter::csv_splitter(std::string_view text) noexcept : text_(text) {
  if (text_.starts_with("\xEF\xBB\xBF"))
    at_ = 3;
}

std::optional<csv_record> csv_splitter::next() {
  while (at_ < text_.size() && (text_[at_] == '\n' || text_[at_] == '\r'))
    take_line_end();
  if (at_ >= text_.size())
    return std::nullopt;
  csv_record record;
  record.place = place();
  do
    take_field(record);
  while (take(','));
  if (at_ < text_.size() && text_[at_] != '\n' && text_[at_] != '\r') {
    record.trouble = "there is text behind a closing quote";
    at_ = std::min(text_.find('\n', at_), text_.size());
  }
  take_line_end();
  return record;
}

bool csv_splitter::take(char c) noexcept {
  if (at_ >= text_.size() || text_[at_] != c)
    return false;
  ++at_;
  return true;
}

void csv_splitter::take_line_end() noexcept {
  take('\r');
  if (take('\n'))
    ++line_;
}

void csv_splitter::take_field(csv_record& record) {
  std::string field;
  if (take('"')) {
    take_quoted(field, record);
  } else {
    const auto end = std::min(text_.find_first_of(",\r\n", at_), text_.size());
    field.assign(text_, at_, end - at_);
    at_ = end;
  }
  if (record.fields.size() < csv_columns_max)
    record.fields.push_back(std::move(field));
  else
    record.trouble = "it has more than " + std::to_string(csv_columns_max) + " fields";
}

void csv_splitter::take_quoted(std::string& field, csv_record& record) {
  while (true) {
    const auto end = std::min(text_.find('"', at_), text_.size());
    const auto inside = text_.substr(at_, end - at_);
    line_ += static_cast<std::size_t>(std::count(inside.begin(), inside.end(), '\n'));
    field.append(inside);
    at_ = end;
    if (!take('"')) {
      record.trouble = "its quoted field never ends";
      return;
    }
    if (!take('"'))
      return;
    field += '"';
  }
}

} // namespace orderd::http
