#include "config/settings_sources.hpp"
#include "config/settings_table.hpp"
#include "config/settings_text.hpp"
#include "tests/unit/config/settings_fixture.hpp"

#include <set>

namespace orderd::tests {

BOOST_AUTO_TEST_SUITE(settings_table_rules)

BOOST_AUTO_TEST_CASE(no_two_settings_share_a_name) {
  std::set<std::string> names;
  for (const setting& row : settings_table()) {
    BOOST_TEST(names.insert(std::string(row.name)).second, row.name);
    for (const std::string_view alias : row.environment_aliases)
      BOOST_TEST(names.insert(std::string(alias)).second, alias);
  }
  std::set<std::string> keys{"config", "help", "version", "check_config", "print_config"};
  for (const setting& row : settings_table())
    BOOST_TEST(keys.insert(file_key_of(row)).second, file_key_of(row));
}

BOOST_AUTO_TEST_CASE(every_row_says_its_unit_range_and_purpose) {
  for (const setting& row : settings_table()) {
    BOOST_TEST(!row.kind.unit.empty(), row.name);
    BOOST_TEST(!row.kind.allowed.empty(), row.name);
    BOOST_TEST(row.help.ends_with("."), row.name);
  }
}

BOOST_AUTO_TEST_CASE(every_default_is_a_value_that_its_row_accepts) {
  for (const setting& row : settings_table()) {
    settings values;
    BOOST_TEST(row.kind.assign(values, row.kind.show(settings{})), row.name);
    BOOST_TEST((values == settings{}), row.name);
  }
}

BOOST_AUTO_TEST_CASE(every_number_is_accepted_at_its_ends_and_refused_past_them) {
  std::size_t numbers = 0;
  for (const setting& row : settings_table()) {
    if (row.kind.type != file_type::integer)
      continue;
    ++numbers;
    const std::size_t dots = row.kind.allowed.find("..");
    const std::uint64_t least = std::stoull(row.kind.allowed.substr(0, dots));
    const std::uint64_t most = std::stoull(row.kind.allowed.substr(dots + 2));
    settings values;
    BOOST_TEST(row.kind.assign(values, std::to_string(least)), row.name);
    BOOST_TEST(row.kind.show(values) == std::to_string(least), row.name);
    BOOST_TEST(row.kind.assign(values, std::to_string(most)), row.name);
    BOOST_TEST(row.kind.show(values) == std::to_string(most), row.name);
    BOOST_TEST(!row.kind.assign(values, std::to_string(most + 1)), row.name);
    if (least > 0)
      BOOST_TEST(!row.kind.assign(values, std::to_string(least - 1)), row.name);
    BOOST_TEST(row.kind.show(values) == std::to_string(most), "a refusal changed " << row.name);
  }
  BOOST_TEST(numbers > 15U);
}

BOOST_AUTO_TEST_CASE(what_is_no_plain_number_is_refused_as_one) {
  std::uint64_t number = 0;
  for (const char* text :
       {"", " ", "1 ", " 1", "+1", "-1", "1.0", "1e3", "0x10", "1k", "18446744073709551616"})
    BOOST_TEST(!parse_whole(text, number), text);
  BOOST_TEST(parse_whole("18446744073709551615", number));
  BOOST_TEST(number == 18446744073709551615ULL);
}

BOOST_AUTO_TEST_CASE(a_share_is_plain_decimals_of_nought_to_one) {
  for (const char* text : {"0", "0.0", "0.3", "1", "1.0", "0.000000000000000001"}) {
    const settings values = good(read({"--error-rate", text}));
    BOOST_TEST(values.error_rate == std::stod(text), text);
  }
  for (const char* text : {"1.1", "2", "-0.1", "nan", "inf", "1e-1", "0x1p-1", ".", "0,3", " 0.3", "30%"}) {
    const std::string only = complaint(read({}, {{"ERROR_RATE", text}}));
    BOOST_TEST(only == "ERROR_RATE: '" + std::string(text) +
                           "' (environment variable ERROR_RATE) is not allowed; allowed: 0.0..1.0 (share)");
  }
}

BOOST_AUTO_TEST_CASE(hosts_are_addresses_or_localhost) {
  for (const char* host : {"127.0.0.1", "0.0.0.0", "::", "::1", "2001:db8::1", "localhost"})
    BOOST_TEST(is_host(host), host);
  for (const char* host :
       {"", "example.org", "[::1]", "127.0.0.1:80", "127.1", "1.2.3.256", " ::1", "LOCALHOST "})
    BOOST_TEST(!is_host(host), host);
  BOOST_TEST(!is_host(std::string_view("::1\0x", 5)));
  BOOST_TEST(!is_host(std::string(1000, '1')));
}

BOOST_AUTO_TEST_CASE(a_path_has_an_end_and_no_nul) {
  settings values;
  const auto table = settings_table();
  const auto row = std::find_if(table.begin(), table.end(),
                                [](const setting& each) { return each.name == "ORDERD_DATA_DIR"; });
  BOOST_TEST(row->kind.assign(values, std::string(4000, 'x')));
  BOOST_TEST(!row->kind.assign(values, std::string(4001, 'x')));
  BOOST_TEST(!row->kind.assign(values, ""));
  BOOST_TEST(!row->kind.assign(values, std::string_view("a\0b", 3)));
}

BOOST_AUTO_TEST_CASE(help_names_every_flag_variable_unit_range_and_default) {
  const std::string help = help_text(settings_table());
  for (const setting& row : settings_table()) {
    BOOST_TEST(contains(help, "  " + flag_of(row)), row.name);
    BOOST_TEST(contains(help, std::string("    ") + std::string(row.name)), row.name);
    BOOST_TEST(contains(help, "[" + row.kind.unit + "; "), row.name);
  }
  BOOST_TEST(contains(help, "PORT, LISTEN_PORT, SERVICE_PORT"));
  BOOST_TEST(contains(help, "[TCP port; 0..65535; default 8080]"));
  BOOST_TEST(contains(help, "[word; journal | store | memory; default journal]"));
  std::size_t longest = 0;
  for (std::size_t at = 0; at < help.size(); at = help.find('\n', at) + 1)
    longest = std::max(longest, help.find('\n', at) - at);
  BOOST_TEST(longest <= 100U);
}

BOOST_AUTO_TEST_CASE(printed_settings_are_a_file_that_reads_back_the_same) {
  const std::vector<std::string> given{
      "--host",       "::",       "--allow-public-open", "--operators",
      "ann,bob",      "--port=0", "--data-dir",          "a \"b\" \\c\n#\x7f\xc3\xa4",
      "--log-level",  "error",    "--scheduler-threads", "7",
      "--error-rate", "0.3"};
  auto question = given;
  question.emplace_back("--print-config");
  const printed_answer answer = printed(read(question));
  BOOST_TEST(answer.exit_status == 0);
  BOOST_TEST((good(read_file_text(answer.text)) == good(read(given))));
}

BOOST_AUTO_TEST_CASE(printed_settings_say_where_each_came_from) {
  const temporary_file file("shards = 4\n");
  const printed_answer answer = printed(
      read({"--print-config", "--config", file.path(), "--port", "81"}, {{"ORDERD_HTTP_WORKERS", "2"}}, 8));
  BOOST_TEST(contains(answer.text, "port = 81  # flag --port\n"));
  BOOST_TEST(contains(answer.text, "http_workers = 2  # environment variable ORDERD_HTTP_WORKERS\n"));
  BOOST_TEST(contains(answer.text, "shards = 4  # file '" + file.path() + "', line 1\n"));
  BOOST_TEST(contains(answer.text, "currency = \"USD\"  # default\n"));
  BOOST_TEST(contains(answer.text, "scheduler_threads = 4  # default\n"));
}

BOOST_AUTO_TEST_CASE(check_config_prints_the_settings_in_effect_or_fails_with_all_problems) {
  const printed_answer answer = printed(read({"--check-config", "--port", "81"}));
  BOOST_TEST(answer.exit_status == 0);
  BOOST_TEST(answer.text.starts_with("# These settings are good.\n"));
  BOOST_TEST(contains(answer.text, "port = 81"));
  BOOST_TEST(complaints(read({"--check-config", "--port", "x", "--shards", "y"})).size() == 2U);
  BOOST_TEST(complaints(read({"--print-config", "--host", "0.0.0.0"})).size() == 1U);
  BOOST_TEST(exit_status_of_bad_settings == 2);
}

BOOST_AUTO_TEST_CASE(a_secret_is_neither_printed_nor_quoted_in_a_complaint) {
  const auto three = [](std::string_view text) { return text.size() == 3; };
  std::vector<setting> table{{"DATABASE_PASSWORD", setting_group::durability,
                              text_kind(&settings::currency, "text", "3 letters", +three), "A secret."}};
  table.front().secret = true;
  for (const char* question : {"--print-config", "--check-config"}) {
    const std::string text = printed(read({question}, {{"DATABASE_PASSWORD", "xyz"}}, 2, table)).text;
    BOOST_TEST(contains(text, "# database_password = (secret)  # environment variable DATABASE_PASSWORD"));
    BOOST_TEST(!contains(text, "xyz"));
  }
  const std::string only = complaint(read({"--database-password", "hunter2"}, {}, 2, table));
  BOOST_TEST(contains(only, "DATABASE_PASSWORD: the value (flag --database-password) is not allowed"));
  BOOST_TEST(!contains(only, "hunter2"));
  BOOST_TEST(!contains(printed(read({"--help"}, {}, 2, table)).text, "USD"));
}

BOOST_AUTO_TEST_CASE(edit_distance_counts_inserted_dropped_replaced_and_swapped_letters) {
  BOOST_TEST(edit_distance("", "") == 0U);
  BOOST_TEST(edit_distance("", "abc") == 3U);
  BOOST_TEST(edit_distance("abc", "") == 3U);
  BOOST_TEST(edit_distance("port", "port") == 0U);
  BOOST_TEST(edit_distance("prot", "port") == 1U);
  BOOST_TEST(edit_distance("pot", "port") == 1U);
  BOOST_TEST(edit_distance("portt", "port") == 1U);
  BOOST_TEST(edit_distance("pert", "port") == 1U);
  BOOST_TEST(edit_distance("kitten", "sitting") == 3U);
}

BOOST_AUTO_TEST_CASE(a_name_of_any_length_costs_no_time_to_refuse) {
  BOOST_TEST(nearest_name_hint(std::string(10'000'000, 'x'), {"port"}).empty());
  BOOST_TEST(nearest_name_hint("", {"port"}).empty());
  BOOST_TEST(nearest_name_hint("--", {"port"}).empty());
  BOOST_TEST(nearest_name_hint("orderd_", {"port"}).empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::tests
