#include "http/import_cutter.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string_view>

namespace orderd::tests {
namespace {

using http::import_cutter;
using http::import_part;
using http::import_part_limits;

/// Gives out a text, so many bytes at a time.
[[nodiscard]] import_cutter::source source_of(std::string text, std::size_t step) {
  return [text = std::move(text), step, at = std::size_t{0}](
             std::string& into, std::size_t bytes_max) mutable -> tl::expected<void, std::string> {
    const auto count = std::min({step, bytes_max, text.size() - at});
    into.append(text, at, count);
    at += count;
    return {};
  };
}

struct cut_file {
  std::vector<import_part> parts;
  std::string trouble;
};

[[nodiscard]] cut_file cut(const std::string& text, import_part_limits limits, std::size_t step = 64) {
  import_cutter cutter(source_of(text, step), limits);
  cut_file all;
  while (true) {
    auto part = cutter.next();
    if (!part)
      all.trouble = part.error();
    if (!part || !*part)
      return all;
    all.parts.push_back(**std::move(part));
  }
}

} // namespace

BOOST_AUTO_TEST_SUITE(import_cutting)

BOOST_AUTO_TEST_CASE(each_part_begins_with_the_header) {
  const auto all = cut("sku,name\nA,a\nB,b\nC,c\n", {1000, 2});
  BOOST_TEST(all.trouble.empty());
  BOOST_REQUIRE_EQUAL(all.parts.size(), 2U);
  BOOST_TEST(all.parts[0].body == "sku,name\nA,a\nB,b\n");
  BOOST_TEST(all.parts[1].body == "sku,name\nC,c\n");
  BOOST_TEST(all.parts[0].rows == 2U);
  BOOST_TEST(all.parts[1].rows == 1U);
  BOOST_TEST(all.parts[0].end_line == 4U);
  BOOST_TEST(all.parts[1].line_in_file(2) == 4U);
  BOOST_TEST(all.parts[1].file_bytes == 21U);
}

BOOST_AUTO_TEST_CASE(a_quoted_line_end_cuts_no_row_and_counts_as_a_line) {
  const auto all = cut("sku,name\r\nA,\"one\r\ntwo\n\"\"three\"\"\"\r\n\r\nB,b\r\nC,\"c\nd\"", {1000, 1});
  BOOST_REQUIRE_EQUAL(all.parts.size(), 3U);
  BOOST_TEST(all.parts[0].body == "sku,name\r\nA,\"one\r\ntwo\n\"\"three\"\"\"\r\n");
  BOOST_TEST(all.parts[1].body == "sku,name\r\n\r\nB,b\r\n");
  BOOST_TEST(all.parts[1].line_in_file(3) == 6U);
  BOOST_TEST(all.parts[2].body == "sku,name\r\nC,\"c\nd\"");
  BOOST_TEST(all.parts[2].line_in_file(2) == 7U);
}

BOOST_AUTO_TEST_CASE(a_header_of_several_lines_moves_the_lines_behind_it) {
  const auto all = cut("\n\"sku\",\"na\nme\"\nA,a\nB,b", {1000, 1});
  BOOST_REQUIRE_EQUAL(all.parts.size(), 2U);
  BOOST_TEST(all.parts[1].body == "\n\"sku\",\"na\nme\"\nB,b");
  BOOST_TEST(all.parts[1].line_in_file(4) == 5U);
  BOOST_TEST(all.parts[1].line_in_file(2) == 2U);
}

BOOST_AUTO_TEST_CASE(a_byte_order_mark_is_no_part_of_the_first_row) {
  BOOST_TEST(cut("\xEF\xBB\xBFsku\nA\n", {1000, 9}).parts.at(0).body == "sku\nA\n");
  BOOST_TEST(cut("\xEF\xBB\xBF{\"sku\":\"A\"}\n", {1000, 9}).parts.at(0).body == "{\"sku\":\"A\"}\n");
  BOOST_TEST(cut("\xEF\xBB\xBFsku\nA\n", {1000, 9}).parts.at(0).file_bytes == 9U);
}

BOOST_AUTO_TEST_CASE(parts_do_not_depend_on_how_much_is_read_at_a_time) {
  std::string text = "sku,name\n";
  std::string lines;
  for (int i = 0; i < 200; ++i) {
    text += "S" + std::to_string(i) + ",\"" + std::string(static_cast<std::size_t>(i % 37), 'x') +
            (i % 3 == 0 ? "\r\n\"\"y" : "") + "\"" + (i % 2 == 0 ? "\r\n" : "\n");
    lines += "{\"sku\":\"S" + std::to_string(i) + "\"}" + (i % 5 == 0 ? "\n\n\r\n" : "\n");
  }
  for (const auto& file : {text, lines}) {
    const auto whole = cut(file, {300, 10}, file.size());
    BOOST_REQUIRE_GT(whole.parts.size(), 10U);
    for (const std::size_t step : {1U, 2U, 7U, 299U, 300U, 301U}) {
      const auto other = cut(file, {300, 10}, step);
      BOOST_REQUIRE_EQUAL(other.parts.size(), whole.parts.size());
      for (std::size_t i = 0; i < whole.parts.size(); ++i) {
        BOOST_TEST(other.parts[i].body == whole.parts[i].body);
        BOOST_TEST(other.parts[i].rows == whole.parts[i].rows);
        BOOST_TEST(other.parts[i].first_line == whole.parts[i].first_line);
      }
    }
    std::size_t rows = 0;
    for (const auto& part : whole.parts)
      rows += part.rows;
    BOOST_TEST(rows == 200U);
  }
}

BOOST_AUTO_TEST_CASE(json_is_cut_by_lines_and_blank_ones_are_no_rows) {
  const auto all = cut("{\"a\":1}\n\n{\"a\":2}\r\n[3]\n{\"a\":4}", {1000, 2});
  BOOST_REQUIRE_EQUAL(all.parts.size(), 2U);
  BOOST_TEST(all.parts[0].body == "{\"a\":1}\n\n{\"a\":2}\r\n");
  BOOST_TEST(all.parts[1].body == "[3]\n{\"a\":4}");
  BOOST_TEST(all.parts[1].line_in_file(2) == 5U);
}

BOOST_AUTO_TEST_CASE(blank_lines_without_end_need_no_memory) {
  const auto all = cut("{\"a\":1}\n" + std::string(5000, '\n') + "{\"a\":2}\n", {100, 1});
  BOOST_TEST(all.trouble.empty());
  BOOST_REQUIRE_EQUAL(all.parts.size(), 2U);
  BOOST_TEST(all.parts[1].line_in_file(1) + all.parts[1].body.size() == 5002U + 8U);
}

BOOST_AUTO_TEST_CASE(a_row_that_is_too_long_is_named_by_its_line_once_those_before_are_out) {
  const std::string row(101, 'x');
  for (const auto& text : {"sku\nA\nB\n\"" + row, "sku\nA\nB\n" + row + "\nC\n"}) {
    const auto all = cut(text, {100, 1000}, 16);
    BOOST_REQUIRE_EQUAL(all.parts.size(), 1U);
    BOOST_TEST(all.parts[0].rows == 2U);
    BOOST_TEST(all.trouble ==
               "line 4: the row that begins here has more than 100 bytes; is a quote never closed?");
  }
  const auto lines = cut("{\"a\":1}\n{\"b\":\"" + row + "\"}\n", {100, 1000});
  BOOST_TEST(lines.trouble == "line 2: the row that begins here has more than 100 bytes");
  BOOST_TEST(cut(row + ",sku\nA\n", {100, 1000}).trouble == "line 1: the header has more than 100 bytes");
}

BOOST_AUTO_TEST_CASE(a_header_alone_is_a_part_without_rows) {
  for (const auto* text : {"sku,name", "sku,name\n", "sku,name\n\n\r\n"}) {
    const auto all = cut(text, {1000, 10});
    BOOST_REQUIRE_EQUAL(all.parts.size(), 1U);
    BOOST_TEST(all.parts[0].rows == 0U);
    BOOST_TEST(all.parts[0].body.starts_with("sku,name\n"));
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_catalogue_is_refused_with_a_sentence) {
  BOOST_TEST(cut("", {1000, 10}).trouble == "it is empty");
  BOOST_TEST(cut("\xEF\xBB\xBF \n\n", {1000, 10}).trouble == "it is empty");
  BOOST_TEST(cut(" [{\"sku\":\"A\"}]", {1000, 10}).trouble.starts_with("it is one JSON array"));
  BOOST_TEST(cut(std::string("ORDERDHX\x01\0\0\0", 12), {1000, 10}).trouble.starts_with("it is a history"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::tests
