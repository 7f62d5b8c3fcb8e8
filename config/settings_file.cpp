#include "config/limits.hpp"
#include "config/log_line.hpp"
#include "config/settings_sources.hpp"
#include "config/small_file.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace orderd {

namespace {

std::string_view word_for(toml::node_type type) {
  switch (type) {
  case toml::node_type::table:
    return "a table";
  case toml::node_type::array:
    return "an array";
  case toml::node_type::string:
    return "a string";
  case toml::node_type::integer:
    return "an integer";
  case toml::node_type::floating_point:
    return "a floating-point number";
  case toml::node_type::boolean:
    return "a boolean";
  default:
    return "a date or time";
  }
}

std::string_view word_for(file_type type) {
  switch (type) {
  case file_type::integer:
    return "an integer";
  case file_type::fraction:
    return "a number";
  case file_type::boolean:
    return "a boolean";
  case file_type::list:
    return "an array of strings";
  case file_type::text:
    return "a string";
  }
  return {};
}

/// The elements, divided by commas as they are everywhere else.
std::optional<std::string> joined(const toml::array& elements) {
  std::string out;
  for (const toml::node& element : elements) {
    const auto text = element.value_exact<std::string>();
    if (!text || text->empty() || text->find(',') != std::string::npos)
      return std::nullopt;
    (out += out.empty() ? "" : ",") += *text;
  }
  return out;
}

/// The number without an exponent, as it is written elsewhere.
std::string fixed_text(double number) {
  // The largest ones have 309 digits, and the smallest ones as many zeros and 17 digits.
  std::array<char, 512> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  return {text.data(), end.ptr};
}

/// The value as text, if it is written as this kind of setting is to be written.
std::optional<std::string> text_of(const toml::node& node, file_type type) {
  switch (type) {
  case file_type::integer:
    if (const auto number = node.value_exact<std::int64_t>())
      return std::to_string(*number);
    return std::nullopt;
  case file_type::fraction:
    if (const auto number = node.value_exact<double>())
      return fixed_text(*number);
    return text_of(node, file_type::integer);
  case file_type::boolean:
    if (const auto truth = node.value_exact<bool>())
      return *truth ? "true" : "false";
    return std::nullopt;
  case file_type::list:
    if (const toml::array* elements = node.as_array())
      return joined(*elements);
    return node.value_exact<std::string>();
  case file_type::text:
    return node.value_exact<std::string>();
  }
  return std::nullopt;
}

class file_reader {
 public:
  file_reader(settings_table_view table, const std::string& path)
      : table_(table), lines_(table.size(), 0), name_("file " + in_quotes(path)) {
    for (const setting& row : table)
      keys_.push_back(file_key_of(row));
  }

  [[nodiscard]] source_reading read(const toml::table& document) {
    for (const auto& [key, node] : document)
      read_entry(key.str(), node, key.source().begin.line);
    // The document is kept sorted by key; people read it from the top.
    std::stable_sort(problems_.begin(), problems_.end(),
                     [](const auto& left, const auto& right) { return left.first < right.first; });
    for (auto& [line, sentence] : problems_)
      reading_.problems.push_back({error_code::invalid_setting, std::move(sentence)});
    return std::move(reading_);
  }

  [[nodiscard]] std::string at_line(std::size_t line) const {
    return name_ + ", line " + std::to_string(line);
  }

 private:
  void complain(std::size_t line, std::string sentence) { problems_.emplace_back(line, std::move(sentence)); }

  void read_entry(std::string_view key, const toml::node& node, std::size_t line) {
    const std::size_t row = row_of(key);
    if (row == table_.size()) {
      complain(line, at_line(line) + ": " + (node.is_table() ? "table " : "key ") + in_quotes(key) +
                         (node.is_table() ? " is no setting; keys stand alone, without sections"
                                          : " is no setting" + nearest_name_hint(key, keys_)));
      return;
    }
    const std::string setting_name(table_[row].name);
    if (lines_[row] != 0) {
      const auto [first, second] = std::minmax<std::size_t>(lines_[row], line);
      complain(second, setting_name + ": " + at_line(second) + " sets what line " + std::to_string(first) +
                           " has set under another spelling");
      return;
    }
    lines_[row] = line;
    if (auto text = text_of(node, table_[row].kind.type))
      reading_.values.push_back({row, at_line(line), std::move(*text)});
    else
      complain(line, setting_name + ": " + at_line(line) + " has " + std::string(word_for(node.type())) +
                         " that is not " + std::string(word_for(table_[row].kind.type)) +
                         "; allowed: " + table_[row].kind.allowed);
  }

  [[nodiscard]] std::size_t row_of(std::string_view key) const {
    const std::string wanted = folded(key);
    std::size_t row = 0;
    while (row < table_.size() && wanted != keys_[row] && wanted != folded(table_[row].name))
      ++row;
    return row;
  }

  settings_table_view table_;
  std::vector<std::string> keys_;
  std::vector<std::size_t> lines_; ///< where each row was set; 0: nowhere
  std::string name_;
  std::vector<std::pair<std::size_t, std::string>> problems_; ///< with their lines
  source_reading reading_;
};

} // namespace

source_reading read_file(settings_table_view table, const std::string& path) {
  source_reading failed;
  const auto whole = read_small_file(path, limits::config_file_bytes_max);
  if (!whole) {
    failed.problems.push_back({error_code::io_failed, "file " + in_quotes(path) + " " + whole.error()});
    return failed;
  }
  file_reader reader(table, path);
  try {
    return reader.read(toml::parse(std::string_view(*whole)));
  } catch (const toml::parse_error& trouble) {
    const auto [line, column] = trouble.source().begin;
    std::string reason;
    log::append_escaped(reason, trouble.description(), limits::quoted_value_bytes_max);
    failed.problems.push_back({error_code::invalid_setting,
                               reader.at_line(line) + ", column " + std::to_string(column) + ": " + reason});
    return failed;
  }
}

} // namespace orderd
