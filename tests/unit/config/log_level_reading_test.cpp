#include "config/log_level_reading.hpp"
#include "tests/unit/config/settings_fixture.hpp"

namespace orderd::tests {
namespace {

[[nodiscard]] tl::expected<log_level_reading, settings_problems>
read_level(const std::vector<std::string>& arguments, const variables& environment = {}) {
  std::vector<const char*> argv{"orderd"};
  for (const std::string& each : arguments)
    argv.push_back(each.c_str());
  return read_log_level(static_cast<int>(argv.size()), argv.data(), {environment, 2});
}

} // namespace

BOOST_AUTO_TEST_SUITE(reading_the_log_level_again)

BOOST_AUTO_TEST_CASE(it_comes_from_the_strongest_source_as_at_the_start) {
  const temporary_file file("log_level = \"debug\"\n");
  const auto of_file = read_level({"--config", file.path()});
  BOOST_REQUIRE(of_file);
  BOOST_TEST((of_file->level == log::level::debug));
  BOOST_TEST(of_file->where.starts_with("file "));
  BOOST_TEST(of_file->config_file == file.path());
  const auto of_variable = read_level({"--config", file.path()}, {{"LOG_LEVEL", "warn"}});
  BOOST_REQUIRE(of_variable);
  BOOST_TEST((of_variable->level == log::level::warn));
  BOOST_TEST(of_variable->where == "environment variable LOG_LEVEL");
  const auto of_flag = read_level({"--log-level", "error"}, {{"ORDERD_CONFIG", file.path()}});
  BOOST_REQUIRE(of_flag);
  BOOST_TEST((of_flag->level == log::level::error));
  BOOST_TEST(of_flag->where == "flag --log-level");
}

BOOST_AUTO_TEST_CASE(without_a_word_of_it_it_is_the_default) {
  const temporary_file file("port = 1\n");
  const auto silent = read_level({"--config", file.path()});
  BOOST_REQUIRE(silent);
  BOOST_TEST((silent->level == log::level::info));
  BOOST_TEST(silent->where == "default");
  const auto no_file = read_level({});
  BOOST_REQUIRE(no_file);
  BOOST_TEST(no_file->config_file.empty());
}

BOOST_AUTO_TEST_CASE(whatever_else_is_wrong_is_said) {
  const temporary_file file("log_level = \"debug\"\nprot = 1\n");
  const auto bad = read_level({"--config", file.path()}, {{"LOG_LEVEL", "info"}});
  BOOST_REQUIRE(!bad);
  BOOST_TEST(contains(describe(bad.error()), "'prot' is no setting"));
  BOOST_TEST(!read_level({"--config", "/nowhere/orderd.toml"}).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(rate_limit_settings)

BOOST_AUTO_TEST_CASE(a_burst_needs_a_rate) {
  BOOST_TEST(good(read({})).rate_limit_per_second == 0U);
  const auto both = good(read({"--rate-limit-rps", "10", "--rate-limit-burst", "50"}));
  BOOST_TEST(both.rate_limit_per_second == 10U);
  BOOST_TEST(both.rate_limit_burst == 50U);
  BOOST_TEST(good(read({}, {{"RATE_LIMIT_RPS", "7"}})).rate_limit_per_second == 7U);
  BOOST_TEST(contains(complaint(read({"--rate-limit-burst", "50"})), "set RATE_LIMIT_RPS"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::tests
