#include "tests/unit/config/settings_fixture.hpp"

namespace orderd::tests {

BOOST_AUTO_TEST_SUITE(settings_file)

BOOST_AUTO_TEST_CASE(every_kind_of_value_is_read) {
  const settings values = good(read_file_text(R"(# a comment
port = 8_081
host = "::"
allow_public_open = true
operators = ["ann", "bob"]
order_placement = "deferred"
data_dir = "a#b" # behind a value
idle_timeout_ms = 1000
)"));
  BOOST_TEST(values.port == 8081);
  BOOST_TEST(values.host == "::");
  BOOST_TEST(values.allow_public_open);
  BOOST_TEST(values.operators.size() == 2U);
  BOOST_TEST((values.order_placement == placement_mode::deferred));
  BOOST_TEST(values.data_dir == std::filesystem::path("a#b"));
  BOOST_TEST(values.idle_timeout.count() == 1000);
}

BOOST_AUTO_TEST_CASE(keys_are_the_names_in_either_length_and_any_case) {
  BOOST_TEST(good(read_file_text("shards = 3")).shards == 3U);
  BOOST_TEST(good(read_file_text("orderd_shards = 3")).shards == 3U);
  BOOST_TEST(good(read_file_text("ORDERD_SHARDS = 3")).shards == 3U);
  BOOST_TEST(good(read_file_text("http-workers = 3")).http_workers == 3U);
}

BOOST_AUTO_TEST_CASE(an_empty_file_and_an_empty_list_are_fine) {
  BOOST_TEST(good(read_file_text("")).port == 8080);
  BOOST_TEST(good(read_file_text("operators = []")).operators.empty());
}

BOOST_AUTO_TEST_CASE(an_unknown_key_names_its_line_and_its_nearest) {
  const std::string only = complaint(read_file_text("\n# x\nprot = 1\n"));
  BOOST_TEST(contains(only, "line 3: key 'prot' is no setting (did you mean port?)"));
}

BOOST_AUTO_TEST_CASE(a_bad_value_names_its_line_and_the_range) {
  const std::string only = complaint(read_file_text("\nport = 70000\n"));
  BOOST_TEST(contains(only, "PORT: '70000' (file "));
  BOOST_TEST(contains(only, ", line 2) is not allowed; allowed: 0..65535"));
}

BOOST_AUTO_TEST_CASE(a_value_of_the_wrong_type_is_refused) {
  const auto refused = [](const char* text, const char* reason) {
    const std::string only = complaint(read_file_text(text));
    BOOST_TEST(contains(only, "line 1"));
    BOOST_TEST(contains(only, reason));
  };
  refused("port = \"8080\"", "a string that is not an integer");
  refused("port = 80.0", "a floating-point number that is not an integer");
  refused("port = true", "a boolean that is not an integer");
  refused("host = 1", "an integer that is not a string");
  refused("host = 2026-11-20", "a date or time that is not a string");
  refused("allow_public_open = 1", "an integer that is not a boolean");
  refused("allow_public_open = \"true\"", "a string that is not a boolean");
  refused("error_rate = \"0.3\"", "a string that is not a number");
  refused("operators = [\"a\", 1]", "an array that is not an array of strings");
  refused("port = [1]", "an array that is not an integer");
  refused("port = { tcp = 1 }", "a table that is not an integer");
}

BOOST_AUTO_TEST_CASE(a_share_may_be_written_with_and_without_a_point) {
  BOOST_TEST(good(read_file_text("error_rate = 0.3")).error_rate == 0.3);
  BOOST_TEST(good(read_file_text("error_rate = 1")).error_rate == 1.0);
  BOOST_TEST(good(read_file_text("error_rate = 1e-3")).error_rate == 0.001);
  for (const char* text : {"error_rate = 1.5", "error_rate = -1", "error_rate = nan", "error_rate = 1e300"})
    BOOST_TEST(contains(complaint(read_file_text(text)), "0.0..1.0"));
}

BOOST_AUTO_TEST_CASE(one_element_of_a_list_is_one_name) {
  BOOST_TEST(contains(complaint(read_file_text("operators = [\"a,b\"]")), "OPERATORS"));
  BOOST_TEST(contains(complaint(read_file_text("operators = [\"a\", \"\"]")), "OPERATORS"));
}

BOOST_AUTO_TEST_CASE(a_section_is_refused_because_keys_stand_alone) {
  const std::string only = complaint(read_file_text("port = 1\n[server]\nhost = \"x\"\n"));
  BOOST_TEST(contains(only, "line 2: table 'server' is no setting; keys stand alone"));
}

BOOST_AUTO_TEST_CASE(a_key_given_twice_is_refused_in_one_spelling_and_in_two) {
  BOOST_TEST(contains(complaint(read_file_text("port = 1\nport = 2\n")), "line 2"));
  BOOST_TEST(contains(complaint(read_file_text("shards = 1\n\norderd_shards = 1\n")),
                      "line 3 sets what line 1 has set"));
  BOOST_TEST(contains(complaint(read_file_text("orderd_shards = 1\nshards = 1\n")),
                      "line 2 sets what line 1 has set"));
}

BOOST_AUTO_TEST_CASE(damaged_toml_names_line_and_column) {
  for (const char* damage : {"port = 1\nhost = \"open", "port = 1\nhost =", "port = 1\n= 2",
                             "port = 1\nhost = \"\xff\"", "port = 1\n[[["}) {
    const std::string only = complaint(read_file_text(damage));
    BOOST_TEST(contains(only, "line 2, column "), only);
  }
  BOOST_TEST(contains(complaint(read_file_text("port = 99999999999999999999")), "line 1, column "));
  BOOST_TEST(contains(complaint(read_file_text("operators = " + std::string(100'000, '['))), "line 1"));
}

BOOST_AUTO_TEST_CASE(all_problems_of_a_file_come_from_top_to_bottom) {
  const auto all = complaints(read_file_text("zebra = 1\nport = \"x\"\napple = 1\n"));
  BOOST_REQUIRE(all.size() == 3U);
  BOOST_TEST(contains(all[0], "line 1"));
  BOOST_TEST(contains(all[1], "line 2"));
  BOOST_TEST(contains(all[2], "line 3"));
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_read_is_named) {
  const std::string missing = complaint(read({"--config", "/nonexistent/orderd.toml"}));
  BOOST_TEST(contains(missing, "file '/nonexistent/orderd.toml' cannot be opened: No such file"));
  BOOST_TEST(contains(complaint(read({}, {{"ORDERD_CONFIG", "/nonexistent/x"}})), "'/nonexistent/x'"));
  const std::string folder = std::filesystem::temp_directory_path().string();
  BOOST_TEST(contains(complaint(read({"--config", folder})), "cannot be read: Is a directory"));
  BOOST_TEST((read({"--config", folder}).error().front().code == error_code::io_failed));
}

BOOST_AUTO_TEST_CASE(a_file_past_its_bound_is_refused_and_one_at_it_is_read) {
  const std::string comment = "#" + std::string(1024 * 1024 - 2, 'x') + "\n";
  BOOST_TEST(good(read_file_text(comment)).port == 8080);
  BOOST_TEST(contains(complaint(read_file_text(comment + "\n")), "is longer than 1048576 bytes"));
  BOOST_TEST(contains(complaint(read({"--config", "/dev/zero"})), "is longer than"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::tests
