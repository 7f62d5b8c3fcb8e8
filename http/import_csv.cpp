#include "config/limits.hpp"
#include "config/utf8.hpp"
#include "http/field_reader.hpp"
#include "http/import_rows.hpp"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

namespace orderd::http {
namespace {

constexpr std::size_t columns_max = 64;

/// A record of the file: its fields without quotes, or what is wrong with it.
struct csv_record {
  row_place place;
  std::vector<std::string> fields;
  std::string trouble;
};

/// Splits text into records (RFC 4180; a lone LF ends a record too).
class csv_splitter {
 public:
  explicit csv_splitter(std::string text) : text_(std::move(text)) {
    if (text_.starts_with("\xEF\xBB\xBF"))
      at_ = 3;
  }

  /// Goes to where a record began.
  void seek(row_place place) noexcept {
    at_ = place.at;
    line_ = place.line;
  }

  /// The next record that is not blank.
  std::optional<csv_record> next() {
    while (at_ < text_.size() && (text_[at_] == '\n' || text_[at_] == '\r'))
      take_line_end();
    if (at_ >= text_.size())
      return std::nullopt;
    csv_record record;
    record.place = {static_cast<std::uint32_t>(at_), static_cast<std::uint32_t>(line_)};
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

 private:
  bool take(char c) noexcept {
    if (at_ >= text_.size() || text_[at_] != c)
      return false;
    ++at_;
    return true;
  }

  void take_line_end() noexcept {
    take('\r');
    if (take('\n'))
      ++line_;
  }

  void take_field(csv_record& record) {
    std::string field;
    if (take('"')) {
      take_quoted(field, record);
    } else {
      const auto end = std::min(text_.find_first_of(",\r\n", at_), text_.size());
      field.assign(text_, at_, end - at_);
      at_ = end;
    }
    if (record.fields.size() < columns_max)
      record.fields.push_back(std::move(field));
    else
      record.trouble = "it has more than " + std::to_string(columns_max) + " fields";
  }

  void take_quoted(std::string& field, csv_record& record) {
    while (true) {
      const auto quote = text_.find('"', at_);
      const auto end = std::min(quote, text_.size());
      line_ += static_cast<std::size_t>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(at_),
                                                   text_.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
      field.append(text_, at_, end - at_);
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

  std::string text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

class csv_rows final : public import_rows {
 public:
  csv_rows(csv_splitter records, std::vector<std::string> columns)
      : records_(std::move(records)), columns_(std::move(columns)) {}

  /// Reads all rows once and keeps the places of the good ones.
  [[nodiscard]] import_failures look_through() {
    import_failures bad;
    while (auto record = records_.next()) {
      static_cast<void>(read(*record));
      if (trouble_.empty())
        places_.push_back(record->place);
      else
        bad.note({record->place.line, "invalid_field", std::move(trouble_)});
    }
    return bad;
  }

  std::size_t left() const noexcept override { return places_.size() - passed_; }

  import_row next() override {
    records_.seek(places_.at(passed_));
    auto record = records_.next();
    auto row = read(*record);
    ++passed_;
    return row;
  }

  std::size_t pass() noexcept override { return places_[passed_++].line; }

 private:
  /// A row, unless `trouble_` says why it is none.
  [[nodiscard]] import_row read(csv_record& record) {
    trouble_ = std::move(record.trouble);
    if (trouble_.empty() && record.fields.size() != columns_.size())
      trouble_ = "it has " + std::to_string(record.fields.size()) + " fields and the header " +
                 std::to_string(columns_.size());
    import_row row;
    row.line = record.place.line;
    for (std::size_t i = 0; trouble_.empty() && i < columns_.size(); ++i)
      take_field(row, columns_[i], record.fields[i]);
    if (trouble_.empty() && row.sku.empty())
      trouble_ = "sku is empty";
    return row;
  }

  void take_field(import_row& row, const std::string& column, std::string& field) {
    if (field.empty())
      return;
    if (column == "sku")
      row.sku = text(column, field, limits::sku_bytes_max);
    else if (column == "name")
      row.what.name = text(column, field, limits::name_bytes_max);
    else if (column == "price")
      set_price(row, price(field));
    else if (column == "price_cents")
      set_price(row, integer(column, field, price_max));
    else if (column == "on_hand")
      row.what.on_hand = integer(column, field, limits::on_hand_max);
    else if (column == "product_id")
      row.what.product_id = integer(column, field, INT64_MAX);
    else if (column == "low_stock_threshold")
      row.what.low_threshold = integer(column, field, limits::on_hand_max);
  }

  std::string text(const std::string& column, std::string& field, std::size_t bytes_max) {
    if (!is_printable(field, bytes_max))
      trouble_ = column + " has " + std::to_string(field.size()) + " bytes and must have 1 to " +
                 std::to_string(bytes_max) + " of UTF-8 without control characters";
    return std::move(field);
  }

  std::int64_t integer(const std::string& column, const std::string& field, std::int64_t max) {
    std::int64_t number = 0;
    const auto read = std::from_chars(field.data(), field.data() + field.size(), number);
    if (read.ec != std::errc() || read.ptr != field.data() + field.size() || number < 0 || number > max)
      trouble_ = column + " is \"" + std::string(cut_utf8(field, 80)) +
                 "\" and must be an integer from 0 to " + std::to_string(max);
    return number;
  }

  cents price(const std::string& field) {
    const auto amount = parse_decimal(field);
    if (amount && *amount >= 0 && *amount <= price_max)
      return *amount;
    trouble_ = "price is \"" + std::string(cut_utf8(field, 80)) + "\" and must be from 0 to " +
               to_decimal(price_max) + " with two decimals";
    return 0;
  }

  void set_price(import_row& row, cents amount) {
    if (row.what.price && *row.what.price != amount && trouble_.empty())
      trouble_ = "price and price_cents contradict each other";
    row.what.price = amount;
  }

  csv_splitter records_;
  std::vector<std::string> columns_;
  std::string trouble_; ///< of the row that was read last
  std::vector<row_place> places_;
  std::size_t passed_ = 0;
};

} // namespace

checked<opened_import> open_csv(std::string text) {
  csv_splitter records(std::move(text));
  auto header = records.next();
  if (!header || !header->trouble.empty() ||
      std::find(header->fields.begin(), header->fields.end(), "sku") == header->fields.end())
    return tl::unexpected(
        invalid_field("sku", "the first line names the columns, and none of them is called sku"));
  auto rows = std::make_unique<csv_rows>(std::move(records), std::move(header->fields));
  auto bad = rows->look_through();
  return opened_import{std::move(rows), std::move(bad)};
}

} // namespace orderd::http
