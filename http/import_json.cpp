#include "config/limits.hpp"
#include "http/field_reader.hpp"
#include "http/import_rows.hpp"
#include "http/json_reader.hpp"
#include "http/stock_bodies.hpp"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

namespace orderd::http {
namespace {

using any_row = std::variant<import_row, bad_row>;

[[nodiscard]] any_row read_row(json_value value, std::size_t line) {
  if (!value.is(json_type::object))
    return bad_row{line, "invalid_field", "it is " + quoted(value) + " and must be an object"};
  std::vector<field_error> errors;
  field_reader fields(value, "", errors);
  import_row row;
  row.line = line;
  fields.require("sku");
  row.sku = fields.text("sku", limits::sku_bytes_max).value_or("");
  row.what = read_stock_fields(fields);
  if (!errors.empty())
    return bad_row{line, "invalid_field", std::move(errors.front().detail)};
  return row;
}

class json_lines final : public import_rows {
 public:
  explicit json_lines(std::string text) : text_(std::move(text)) {}

  /// Reads all rows once and keeps the places of the good ones.
  [[nodiscard]] import_failures look_through() {
    import_failures bad;
    std::uint32_t line = 0;
    for (std::size_t at = 0; at < text_.size(); at += line_at(at).size() + 1) {
      const row_place place{static_cast<std::uint32_t>(at), ++line};
      if (line_at(at).find_first_not_of(" \t\r") == std::string_view::npos)
        continue;
      auto row = read(place);
      if (auto* refused = std::get_if<bad_row>(&row))
        bad.note(std::move(*refused));
      else
        places_.push_back(place);
    }
    return bad;
  }

  std::size_t left() const noexcept override { return places_.size() - passed_; }

  import_row next() override {
    auto row = std::get<import_row>(read(places_.at(passed_)));
    ++passed_;
    return row;
  }

  std::size_t pass() noexcept override { return places_[passed_++].line; }

 private:
  [[nodiscard]] std::string_view line_at(std::size_t at) const noexcept {
    return std::string_view(text_).substr(at, std::min(text_.find('\n', at), text_.size()) - at);
  }

  [[nodiscard]] any_row read(row_place place) {
    const auto parsed = document_.parse(line_at(place.at));
    if (!parsed)
      return bad_row{place.line, "malformed_json", "it is not valid JSON: " + parsed.error()};
    return read_row(*parsed, place.line);
  }

  std::string text_;
  json_document document_;
  std::vector<row_place> places_;
  std::size_t passed_ = 0;
};

class json_elements final : public import_rows {
 public:
  explicit json_elements(std::vector<import_row> rows) : rows_(std::move(rows)) {}

  std::size_t left() const noexcept override { return rows_.size() - passed_; }
  import_row next() override { return std::move(rows_.at(passed_++)); }
  std::size_t pass() noexcept override { return rows_[passed_++].line; }

 private:
  std::vector<import_row> rows_;
  std::size_t passed_ = 0;
};

} // namespace

opened_import open_json_lines(std::string text) {
  auto rows = std::make_unique<json_lines>(std::move(text));
  auto bad = rows->look_through();
  return {std::move(rows), std::move(bad)};
}

checked<opened_import> open_json_rows(std::string text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos || text[first] != '[')
    return open_json_lines(std::move(text));
  const auto parsed = document_of_this_thread().parse(text);
  if (!parsed)
    return tl::unexpected(malformed_json(parsed.error()));
  import_failures bad;
  std::vector<import_row> rows;
  std::size_t line = 0;
  for (const auto element : *parsed) {
    auto row = read_row(element, ++line);
    if (auto* refused = std::get_if<bad_row>(&row))
      bad.note(std::move(*refused));
    else
      rows.push_back(std::get<import_row>(std::move(row)));
  }
  return opened_import{std::make_unique<json_elements>(std::move(rows)), std::move(bad)};
}

} // namespace orderd::http
