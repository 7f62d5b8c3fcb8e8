#include "config/settings.hpp"
#include "tests/unit/config/settings_fixture.hpp"

namespace orderd::tests {

BOOST_AUTO_TEST_SUITE(settings_rules)

BOOST_AUTO_TEST_CASE(nothing_given_runs_with_the_documented_defaults) {
  const settings values = good(read({}));
  BOOST_TEST(values.host == "127.0.0.1");
  BOOST_TEST(values.port == 8080);
  BOOST_TEST(values.data_dir == std::filesystem::path("./data"));
  BOOST_TEST((values.durability == durability_mode::journal));
  BOOST_TEST((values.order_placement == placement_mode::immediate));
  BOOST_TEST(values.currency == "USD");
  BOOST_TEST(values.operators == std::vector<std::string>{"operator"}, boost::test_tools::per_element());
  BOOST_TEST(values.body_bytes_max == 1048576U);
  BOOST_TEST(values.drain_timeout.count() == 10'000);
  BOOST_TEST(!values.allow_public_open);
}

BOOST_AUTO_TEST_CASE(flag_beats_environment_beats_file_beats_default) {
  const temporary_file file("port = 1\nshards = 11\nhttp_workers = 21\n");
  const variables environment{{"ORDERD_CONFIG", file.path()}, {"PORT", "2"}, {"ORDERD_SHARDS", "12"}};
  const settings values = good(read({"--port", "3"}, environment));
  BOOST_TEST(values.port == 3);
  BOOST_TEST(values.shards == 12U);
  BOOST_TEST(values.http_workers == 21U);
  BOOST_TEST(values.store_readers == 2U);
  BOOST_TEST(values.history_days == 0U);
}

BOOST_AUTO_TEST_CASE(config_flag_beats_config_variable) {
  const temporary_file named_by_flag("port = 1\n");
  const temporary_file named_by_variable("port = 2\n");
  const settings values =
      good(read({"--config=" + named_by_flag.path()}, {{"ORDERD_CONFIG", named_by_variable.path()}}));
  BOOST_TEST(values.port == 1);
}

BOOST_AUTO_TEST_CASE(every_source_that_is_wrong_is_reported_in_one_go) {
  const temporary_file file("port = 99999\nprot = 1\n");
  const auto all = complaints(
      read({"--config", file.path(), "--currency", "usd", "--shard", "8"}, {{"ORDERD_HTTP_WORKERS", "0"}}));
  const auto has = [&](std::string_view part) {
    return std::any_of(all.begin(), all.end(), [part](const auto& each) { return contains(each, part); });
  };
  BOOST_TEST(all.size() == 5U);
  BOOST_TEST(has("PORT: '99999' (file"));
  BOOST_TEST(has("'prot'"));
  BOOST_TEST(has("ORDERD_CURRENCY: 'usd' (flag --currency)"));
  BOOST_TEST(has("'--shard'"));
  BOOST_TEST(has("ORDERD_HTTP_WORKERS: '0' (environment variable ORDERD_HTTP_WORKERS)"));
}

BOOST_AUTO_TEST_CASE(a_bad_value_is_reported_although_a_stronger_source_overrides_it) {
  const std::string only = complaint(read({"--port", "80"}, {{"PORT", "http"}}));
  BOOST_TEST(contains(only, "PORT: 'http' (environment variable PORT)"));
}

BOOST_AUTO_TEST_CASE(a_complaint_names_setting_source_value_and_range) {
  const std::string only = complaint(read({"--port", "65536"}));
  BOOST_TEST(only == "PORT: '65536' (flag --port) is not allowed; allowed: 0..65535 (TCP port)");
}

BOOST_AUTO_TEST_CASE(a_hostile_value_cannot_steer_the_terminal_or_flood_it) {
  const std::string only = complaint(read({"--port", "\x1b[2J\n" + std::string(100'000, 'x')}));
  BOOST_TEST(!contains(only, "\x1b"));
  BOOST_TEST(!contains(only, "\n"));
  BOOST_TEST(contains(only, "\\u001b[2J\\n"));
  BOOST_TEST(only.size() < 500U);
}

BOOST_AUTO_TEST_CASE(open_authentication_is_refused_on_a_host_that_others_reach) {
  for (const char* host : {"0.0.0.0", "::", "192.168.1.7", "fe80::1", "::ffff:10.0.0.1"}) {
    const std::string only = complaint(read({"--host", host}));
    BOOST_TEST(contains(only, "AUTH: 'open'"));
    BOOST_TEST(contains(only, host));
    BOOST_TEST(contains(only, "ORDERD_ALLOW_PUBLIC_OPEN"));
    BOOST_TEST(good(read({"--host", host, "--allow-public-open"})).host == host);
  }
}

BOOST_AUTO_TEST_CASE(open_authentication_is_fine_on_every_loopback) {
  for (const char* host : {"127.0.0.1", "127.8.9.10", "::1", "localhost", "::ffff:127.0.0.1"})
    BOOST_TEST(good(read({"--host", host})).host == host);
}

BOOST_AUTO_TEST_CASE(a_relation_is_not_judged_on_a_value_that_was_refused) {
  // The host that was meant is unknown, so whether others reach it is, too.
  const auto all = complaints(read({"--host", "0.0.0.0", "--allow-public-open=maybe"}));
  BOOST_TEST(all.size() == 1U);
  BOOST_TEST(contains(all.front(), "ORDERD_ALLOW_PUBLIC_OPEN: 'maybe'"));
}

BOOST_AUTO_TEST_CASE(a_backlog_holds_at_least_two_segments) {
  const std::vector<std::string> segment{"--journal-segment-bytes", "2097152", "--journal-backlog-bytes-max"};
  auto least = segment;
  least.emplace_back("4194304");
  BOOST_TEST(good(read(least)).journal_backlog_bytes_max == 4194304U);
  auto too_little = segment;
  too_little.emplace_back("4194303");
  const std::string only = complaint(read(too_little));
  BOOST_TEST(contains(only, "ORDERD_JOURNAL_BACKLOG_BYTES_MAX: '4194303'"));
  BOOST_TEST(contains(only, "at least 4194304"));
}

BOOST_AUTO_TEST_CASE(a_gateway_is_believed_on_any_host_and_from_loopback_unless_told) {
  const settings chosen = good(read({"--auth", "gateway", "--host", "0.0.0.0"}));
  BOOST_TEST((chosen.auth == auth_mode::gateway));
  BOOST_TEST((chosen.trusted_proxies == std::vector<std::string>{"127.0.0.0/8", "::1"}));
  const settings told = good(read({}, {{"AUTH", "gateway"}, {"TRUSTED_PROXIES", "10.0.0.0/8, fd00::7"}}));
  BOOST_TEST((told.trusted_proxies == std::vector<std::string>{"10.0.0.0/8", "fd00::7"}));
  for (const char* bad : {"10.0.0.7/8", "gateway.example.org", "10.0.0.0/8,", "10.0.0.0/33"})
    BOOST_TEST(contains(complaint(read({"--trusted-proxies", bad})), "TRUSTED_PROXIES: '"), bad);
  // Whoever names proxies expects that nobody else is believed.
  BOOST_TEST(contains(complaint(read({"--trusted-proxies", "10.0.0.0/8"})), "set AUTH=gateway"));
  BOOST_TEST(complaints(read({"--trusted-proxies", "10.0.0.0/8", "--auth", "closed"})).size() == 1U);
  BOOST_TEST(contains(complaint(read({"--auth", "closed"})), "is not allowed"));
}

BOOST_AUTO_TEST_CASE(tokens_and_their_file_go_together) {
  const settings chosen = good(read({"--auth", "token", "--token-file", "/etc/tokens", "--host", "::"}));
  BOOST_TEST((chosen.auth == auth_mode::token));
  BOOST_TEST(chosen.token_file == "/etc/tokens");
  BOOST_TEST(contains(complaint(read({"--auth", "token"})), "ORDERD_TOKEN_FILE: "));
  BOOST_TEST(contains(complaint(read({"--token-file", "/etc/tokens"})), "AUTH=token"));
  BOOST_TEST(contains(complaint(read({"--token-file", "/etc/tokens", "--auth", "gateway"})), "AUTH=token"));
  BOOST_TEST(complaints(read({"--token-file", "/etc/tokens", "--auth", "closed"})).size() == 1U);
}

BOOST_AUTO_TEST_CASE(every_durability_is_offered_and_no_other_word) {
  BOOST_TEST((good(read({"--durability", "memory"})).durability == durability_mode::memory));
  BOOST_TEST((good(read({"--durability", "journal"})).durability == durability_mode::journal));
  BOOST_TEST((good(read({"--durability", "store"})).durability == durability_mode::store));
  BOOST_TEST(contains(complaint(read({"--durability", "strong"})), "is not allowed"));
}

BOOST_AUTO_TEST_CASE(scheduler_follows_the_cores_unless_told) {
  const auto threads = [](std::size_t cores) { return good(read({}, {}, cores)).scheduler_threads; };
  BOOST_TEST(threads(1) == 1U);
  BOOST_TEST(threads(2) == 1U);
  BOOST_TEST(threads(3) == 1U);
  BOOST_TEST(threads(4) == 2U);
  BOOST_TEST(threads(16) == 8U);
  BOOST_TEST((good(read({}, {}, 4)).scheduler_policy == scheduler_policy::sharing));
  BOOST_TEST((good(read({}, {}, 5)).scheduler_policy == scheduler_policy::stealing));
  const settings told = good(read({"--scheduler-threads", "3", "--scheduler-policy", "sharing"}, {}, 64));
  BOOST_TEST(told.scheduler_threads == 3U);
  BOOST_TEST((told.scheduler_policy == scheduler_policy::sharing));
}

BOOST_AUTO_TEST_CASE(problems_are_described_one_a_line) {
  const auto outcome = read({"--port", "x", "--shards", "y"});
  BOOST_REQUIRE(!outcome.has_value());
  const std::string text = describe(outcome.error());
  BOOST_TEST(std::count(text.begin(), text.end(), '\n') == 2);
  BOOST_TEST(text.starts_with("orderd: PORT"));
}

BOOST_AUTO_TEST_CASE(the_real_environment_is_readable) {
  const process_environment found = this_process_environment();
  BOOST_TEST(found.cores >= 1U);
  BOOST_TEST(found.variables.contains("PATH"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::tests
