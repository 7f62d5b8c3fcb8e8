#include "config/limits.hpp"
#include "http/field_reader.hpp"
#include "http/import_rows.hpp"
#include "http/json_reader.hpp"
#include "http/stock_bodies.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace orderd::http {
namespace {

using any_row = std::variant<import_row, bad_row>;

[[nodiscard]] any_row read_row(json_value value, std::size_t line) {
  if (!value.is(json_type::object))
    return bad_row{line, "it is " + quoted(value) + " and must be an object"};
  std::vector<field_error> errors;
  field_reader fields(value, "", errors);
  import_row row;
  row.line = line;
  fields.require("sku");
  row.sku = fields.text("sku", limits::sku_bytes_max).value_or("");
  row.what = read_stock_fields(fields);
  if (!errors.empty())
    return bad_row{line, std::move(errors.front().detail)};
  return row;
}

class json_lines final : public import_rows {
 public:
  explicit json_lines(std::string text) : text_(std::move(text)) {}

  std::optional<any_row> next() override {
    while (at_ < text_.size()) {
      const auto end = std::min(text_.find('\n', at_), text_.size());
      const auto line = std::string_view(text_).substr(at_, end - at_);
      at_ = std::min(end + 1, text_.size());
      ++line_;
      if (line.find_first_not_of(" \t\r") == std::string_view::npos)
        continue;
      const auto parsed = document_.parse(line);
      if (!parsed)
        return bad_row{line_, "it is not valid JSON: " + parsed.error()};
      return read_row(*parsed, line_);
    }
    return std::nullopt;
  }

 private:
  std::string text_;
  std::size_t at_ = 0;
  std::size_t line_ = 0;
  json_document document_;
};

class json_elements final : public import_rows {
 public:
  explicit json_elements(std::vector<any_row> rows) : rows_(std::move(rows)) {}

  std::optional<any_row> next() override {
    if (at_ == rows_.size())
      return std::nullopt;
    return std::move(rows_[at_++]);
  }

 private:
  std::vector<any_row> rows_;
  std::size_t at_ = 0;
};

} // namespace

checked<std::unique_ptr<import_rows>> open_json_rows(std::string text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos || text[first] != '[')
    return std::make_unique<json_lines>(std::move(text));
  const auto parsed = document_of_this_thread().parse(text);
  if (!parsed)
    return tl::unexpected(malformed_json(parsed.error()));
  std::vector<any_row> rows;
  for (const auto element : *parsed)
    rows.push_back(read_row(element, rows.size() + 1));
  return std::make_unique<json_elements>(std::move(rows));
}

} // namespace orderd::http
