#include "config/import_options.hpp"
#include "tests/unit/config/settings_fixture.hpp"

namespace orderd::tests {
namespace {

[[nodiscard]] tl::expected<import_outcome, settings_problems>
read_import(const std::vector<std::string>& arguments, const variables& environment = {}) {
  std::vector<const char*> argv{"orderd", "import"};
  for (const auto& each : arguments)
    argv.push_back(each.c_str());
  return read_import_options(static_cast<int>(argv.size()), argv.data(), {environment, 2});
}

[[nodiscard]] import_options good_import(const std::vector<std::string>& arguments,
                                         const variables& environment = {}) {
  const auto outcome = read_import(arguments, environment);
  if (!outcome)
    BOOST_FAIL(describe_import(outcome.error()));
  BOOST_REQUIRE(std::holds_alternative<import_options>(*outcome));
  return std::get<import_options>(*outcome);
}

[[nodiscard]] std::string import_complaint(const std::vector<std::string>& arguments,
                                           const variables& environment = {}) {
  const auto outcome = read_import(arguments, environment);
  BOOST_REQUIRE(!outcome.has_value());
  BOOST_REQUIRE_MESSAGE(outcome.error().size() == 1, describe_import(outcome.error()));
  return outcome.error().front().detail;
}

} // namespace

BOOST_AUTO_TEST_SUITE(import_options_read)

BOOST_AUTO_TEST_CASE(a_file_alone_goes_to_the_engine_on_this_machine) {
  const auto options = good_import({"catalog.csv"});
  BOOST_TEST(options.file == "catalog.csv");
  BOOST_TEST(options.url == "http://127.0.0.1:8080");
  BOOST_TEST(options.token.empty());
  BOOST_TEST(options.user.empty());
  BOOST_TEST(options.retry_for.count() == 60);
  BOOST_TEST(!options.again);
}

BOOST_AUTO_TEST_CASE(flags_stand_before_or_behind_the_file) {
  const auto options =
      good_import({"--url=https://shop/api//", "-", "--user", "ann", "--retry-for", "0", "--again"});
  BOOST_TEST(options.file == "-");
  BOOST_TEST(options.url == "https://shop/api");
  BOOST_TEST(options.user == "ann");
  BOOST_TEST(options.retry_for.count() == 0);
  BOOST_TEST(options.again);
  BOOST_TEST(good_import({"--", "--url"}).file == "--url");
}

BOOST_AUTO_TEST_CASE(a_token_of_the_flag_is_stronger_than_one_of_the_environment) {
  BOOST_TEST(good_import({"f"}, {{"ORDERD_TOKEN", "secret"}}).token == "secret");
  BOOST_TEST(good_import({"f", "--token", "other"}, {{"ORDERD_TOKEN", "secret"}}).token == "other");
  BOOST_TEST(good_import({"f"}, {{"ORDERD_TOKEN", ""}}).token.empty());
  for (const auto& complaint :
       {import_complaint({"f", "--token", "a b"}), import_complaint({"f"}, {{"ORDERD_TOKEN", "a b"}})}) {
    BOOST_TEST(!contains(complaint, "a b"));
    BOOST_TEST(contains(complaint, "the token is not allowed"));
  }
}

BOOST_AUTO_TEST_CASE(what_is_missing_or_too_much_is_named) {
  BOOST_TEST(contains(import_complaint({}), "the name of a file is missing"));
  BOOST_TEST(contains(import_complaint({"--again"}), "the name of a file is missing"));
  BOOST_TEST(contains(import_complaint({""}), "the name of the file is empty"));
  BOOST_TEST(contains(import_complaint({"a", "b"}), "argument 'b' is one file too many"));
  BOOST_TEST(contains(import_complaint({"a", "--url"}), "flag '--url' needs a value"));
  BOOST_TEST(
      contains(import_complaint({"a", "--url", "http://a", "--url", "http://b"}), "--url is given 2 times"));
}

BOOST_AUTO_TEST_CASE(an_unknown_flag_names_its_nearest) {
  BOOST_TEST(import_complaint({"a", "--ulr", "x"}) ==
             "flag '--ulr' is no flag of an import (did you mean --url?)");
  BOOST_TEST(contains(import_complaint({"a", "--port=1"}), "flag '--port' is no flag of an import"));
}

BOOST_AUTO_TEST_CASE(a_value_that_is_not_allowed_is_named) {
  BOOST_TEST(contains(import_complaint({"a", "--url", "ftp://x"}), "--url: 'ftp://x'"));
  BOOST_TEST(contains(import_complaint({"a", "--url="}), "--url: ''"));
  BOOST_TEST(contains(import_complaint({"a", "--user="}), "--user: ''"));
  BOOST_TEST(contains(import_complaint({"a", "--user", "a\nb"}), "--user: "));
  for (const auto* seconds : {"-1", "3601", "1.5", "x", ""})
    BOOST_TEST(contains(import_complaint({"a", std::string("--retry-for=") + seconds}), "--retry-for: "));
}

BOOST_AUTO_TEST_CASE(help_is_printed_whatever_else_is_said) {
  const auto outcome = read_import({"--help", "a", "b"});
  BOOST_REQUIRE(outcome.has_value() && std::holds_alternative<printed_answer>(*outcome));
  const auto& answer = std::get<printed_answer>(*outcome);
  BOOST_TEST(answer.exit_status == 0);
  for (const auto* part : {"--url", "--token", "ORDERD_TOKEN", "--user", "--retry-for", "--again",
                           "Exit status", "3 nothing was changed", "orderd --import FILE"})
    BOOST_TEST(contains(answer.text, part));
}

BOOST_AUTO_TEST_CASE(the_settings_tell_the_two_imports_apart) {
  BOOST_TEST(contains(printed(read({"--help"})).text, "orderd import CATALOGUE"));
  BOOST_TEST(contains(complaints(read({"--port", "1", "import"})).front(), "`orderd import FILE`"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::tests
