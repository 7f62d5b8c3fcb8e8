#include "config/limits.hpp"
#include "config/utf8.hpp"
#include "http/csv_splitter.hpp"
#include "http/field_reader.hpp"
#include "http/import_rows.hpp"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

namespace orderd::http {
namespace {

class csv_rows final : public import_rows {
 public:
  explicit csv_rows(std::string text) : text_(std::move(text)), records_(text_) {}

  /// Reads the header. False if there is none that names a column `sku`.
  [[nodiscard]] bool read_columns() {
    auto header = records_.next();
    if (!header || !header->trouble.empty())
      return false;
    columns_ = std::move(header->fields);
    return std::find(columns_.begin(), columns_.end(), "sku") != columns_.end();
  }

  /// Reads all rows once and keeps the places of the good ones.
  [[nodiscard]] import_failures look_through() {
    import_failures bad;
    while (auto record = records_.next()) {
      static_cast<void>(read(*record));
      if (trouble_.empty())
        places_.push_back(
            {static_cast<std::uint32_t>(record->place.at), static_cast<std::uint32_t>(record->place.line)});
      else
        bad.note({record->place.line, "invalid_field", std::move(trouble_)});
    }
    return bad;
  }

  std::size_t left() const noexcept override { return places_.size() - passed_; }

  import_row next() override {
    const auto place = places_.at(passed_);
    records_.seek({place.at, place.line});
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

  const std::string text_;
  csv_splitter records_; ///< of `text_`
  std::vector<std::string> columns_;
  std::string trouble_; ///< of the row that was read last
  std::vector<row_place> places_;
  std::size_t passed_ = 0;
};

} // namespace

checked<opened_import> open_csv(std::string text) {
  auto rows = std::make_unique<csv_rows>(std::move(text));
  if (!rows->read_columns())
    return tl::unexpected(
        invalid_field("sku", "the first line names the columns, and none of them is called sku"));
  auto bad = rows->look_through();
  return opened_import{std::move(rows), std::move(bad)};
}

} // namespace orderd::http
