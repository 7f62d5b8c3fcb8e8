#include "config/limits.hpp"
#include "config/token_table.hpp"
#include "tests/unit/config/settings_fixture.hpp"

#include <filesystem>
#include <string>

namespace orderd::tests {

namespace {

/// SHA-256 of `abc` and of the empty text, as published in FIPS 180-4's examples.
const std::string digest_of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const std::string digest_of_nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

token_table table_of(const std::string& text) {
  auto table = token_table::parse(text);
  BOOST_REQUIRE_MESSAGE(table, (table ? std::string{} : table.error().detail));
  return *std::move(table);
}

std::string trouble_with(const std::string& text) {
  const auto table = token_table::parse(text);
  BOOST_REQUIRE(!table.has_value());
  BOOST_TEST((table.error().code == error_code::invalid_setting));
  return table.error().detail;
}

std::string user_of(const token_table& table, std::string_view token) {
  const auto* const user = table.user_of(token);
  return user == nullptr ? "(nobody)" : *user;
}

} // namespace

BOOST_AUTO_TEST_SUITE(tokens)

BOOST_AUTO_TEST_CASE(whoever_has_a_token_is_whose_it_is) {
  const auto table = table_of("# who may call\n\n  \t\nbob " + digest_of_abc + "\r\n  #" + digest_of_abc +
                              "\n\tann\t " + digest_of_nothing + " ");
  BOOST_TEST(table.size() == 2U);
  BOOST_TEST(user_of(table, "abc") == "bob");
  BOOST_TEST(user_of(table, "") == "ann");
  for (const std::string_view wrong : {"abcd", "ab", "ABC", "bob"})
    BOOST_TEST(user_of(table, wrong) == "(nobody)", wrong);
}

BOOST_AUTO_TEST_CASE(a_digest_is_no_token) {
  const auto table = table_of("bob " + digest_of_abc);
  BOOST_TEST(user_of(table, digest_of_abc) == "(nobody)");
}

BOOST_AUTO_TEST_CASE(every_bit_of_a_digest_counts) {
  for (std::size_t at = 0; at < digest_of_abc.size(); ++at) {
    auto other = digest_of_abc;
    other[at] = other[at] == '0' ? '1' : '0';
    BOOST_TEST(user_of(table_of("bob " + other), "abc") == "(nobody)", at);
    // A digest that begins alike does not hide the right one.
    const auto both = table_of("eve " + other + "\nbob " + digest_of_abc + "\n");
    BOOST_TEST(user_of(both, "abc") == "bob", at);
  }
}

BOOST_AUTO_TEST_CASE(a_name_may_have_several_tokens_and_digits_any_case) {
  std::string upper = digest_of_abc;
  for (char& each : upper)
    each = each >= 'a' ? static_cast<char>(each - 'a' + 'A') : each;
  const auto table = table_of("bob " + upper + "\nbob " + digest_of_nothing);
  BOOST_TEST(user_of(table, "abc") == "bob");
  BOOST_TEST(user_of(table, "") == "bob");
}

BOOST_AUTO_TEST_CASE(an_empty_file_lets_nobody_in) {
  BOOST_TEST(table_of("").size() == 0U);
  BOOST_TEST(user_of(table_of("# nobody\n"), "abc") == "(nobody)");
}

BOOST_AUTO_TEST_CASE(a_bad_line_is_named) {
  const std::string good = "bob " + digest_of_abc + "\n";
  BOOST_TEST(contains(trouble_with("\n" + good + "ann\n"), "line 3 "));
  BOOST_TEST(contains(trouble_with("ann " + digest_of_abc.substr(1)), "line 1 "));
  BOOST_TEST(contains(trouble_with("ann " + digest_of_abc + "0"), "line 1 "));
  BOOST_TEST(contains(trouble_with("ann " + digest_of_abc.substr(1) + "g"), "line 1 "));
  BOOST_TEST(contains(trouble_with(good + "ann " + digest_of_nothing + " operator\n"), "line 2 has more"));
  BOOST_TEST(contains(trouble_with(std::string(65, 'a') + " " + digest_of_abc), "line 1 begins with"));
  BOOST_TEST(contains(trouble_with("J\xC3\xB6rg " + digest_of_abc), "line 1 begins with"));
  BOOST_TEST(
      contains(trouble_with(good + "#\n" + "eve " + digest_of_abc), "line 3 has the digest of line 1"));
}

BOOST_AUTO_TEST_CASE(a_token_in_the_place_of_its_digest_is_not_repeated) {
  BOOST_TEST(!contains(trouble_with("bob hunter2"), "hunter2"));
  BOOST_TEST(!contains(trouble_with("bob " + digest_of_abc + " hunter2"), "hunter2"));
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_used_is_named) {
  const temporary_file good("bob " + digest_of_abc + "\n");
  const auto read = read_token_file(good.path());
  BOOST_REQUIRE_MESSAGE(read, (read ? std::string{} : read.error().detail));
  BOOST_TEST(read->size() == 1U);

  const temporary_file bad("bob\n");
  BOOST_TEST(contains(read_token_file(bad.path()).error().detail, bad.path() + "': line 1 "));
  const temporary_file longest(std::string(limits::token_file_bytes_max, '#'));
  BOOST_TEST(read_token_file(longest.path()).has_value());
  const temporary_file too_long(std::string(limits::token_file_bytes_max + 1, '#'));
  BOOST_TEST((read_token_file(too_long.path()).error().code == error_code::io_failed));
  BOOST_TEST(contains(read_token_file("/nonexistent/tokens").error().detail, "/nonexistent/tokens"));
  BOOST_TEST((read_token_file(std::filesystem::temp_directory_path().string()).error().code ==
              error_code::io_failed));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::tests
