#include "tests/unit/config/settings_fixture.hpp"

namespace orderd::tests {

BOOST_AUTO_TEST_SUITE(settings_environment)

BOOST_AUTO_TEST_CASE(port_is_read_under_each_of_its_names_in_order) {
  BOOST_TEST(good(read({}, {{"PORT", "1"}, {"LISTEN_PORT", "2"}, {"SERVICE_PORT", "3"}})).port == 1);
  BOOST_TEST(good(read({}, {{"LISTEN_PORT", "2"}, {"SERVICE_PORT", "3"}})).port == 2);
  BOOST_TEST(good(read({}, {{"SERVICE_PORT", "3"}})).port == 3);
}

BOOST_AUTO_TEST_CASE(a_complaint_names_the_alias_that_was_read) {
  BOOST_TEST(
      contains(complaint(read({}, {{"LISTEN_PORT", "x"}})), "PORT: 'x' (environment variable LISTEN_PORT)"));
}

BOOST_AUTO_TEST_CASE(an_empty_variable_counts_as_absent) {
  const settings values = good(read({}, {{"PORT", ""}, {"LISTEN_PORT", "2"}, {"ORDERD_CONFIG", ""}}));
  BOOST_TEST(values.port == 2);
}

BOOST_AUTO_TEST_CASE(an_unknown_variable_of_ours_names_its_nearest) {
  BOOST_TEST(complaint(read({}, {{"ORDERD_SHARD", "8"}})) ==
             "environment variable 'ORDERD_SHARD' is no setting (did you mean ORDERD_SHARDS?)");
  BOOST_TEST(contains(complaint(read({}, {{"ORDERD_PROT", "8"}})), "did you mean PORT?"));
  BOOST_TEST(contains(complaint(read({}, {{"ORDERD_PORT", "8"}})), "did you mean PORT?"));
  BOOST_TEST(contains(complaint(read({}, {{"ORDERD_CONFG", "8"}})), "did you mean ORDERD_CONFIG?"));
}

BOOST_AUTO_TEST_CASE(variables_of_others_are_none_of_our_business) {
  BOOST_TEST(good(read({}, {{"PROT", "x"}, {"HOME", "/"}, {"XORDERD_SHARDS", "x"}})).port == 8080);
}

BOOST_AUTO_TEST_CASE(the_settings_of_test_programs_are_let_pass) {
  BOOST_TEST(good(read({}, {{"ORDERD_TEST_SEED", "42"}})).port == 8080);
}

BOOST_AUTO_TEST_CASE(the_links_to_a_kubernetes_service_of_our_name_are_let_pass) {
  const variables links{{"ORDERD_SERVICE_HOST", "10.0.0.1"},
                        {"ORDERD_SERVICE_PORT", "8080"},
                        {"ORDERD_SERVICE_PORT_HTTP", "8080"},
                        {"ORDERD_PORT", "tcp://10.0.0.1:8080"},
                        {"ORDERD_PORT_8080_TCP", "tcp://10.0.0.1:8080"},
                        {"ORDERD_PORT_8080_TCP_PROTO", "tcp"},
                        {"ORDERD_PORT_8080_TCP_PORT", "8080"},
                        {"ORDERD_PORT_8080_TCP_ADDR", "10.0.0.1"},
                        {"ORDERD_HEADLESS_SERVICE_HOST", "10.0.0.2"},
                        {"ORDERD_HEADLESS_PORT_53_UDP", "udp://10.0.0.2:53"}};
  BOOST_TEST(good(read({}, links)).port == 8080);
}

BOOST_AUTO_TEST_CASE(what_only_resembles_a_kubernetes_link_is_refused) {
  for (const char* name : {"ORDERD_PORT_TCP", "ORDERD_PORT_80", "ORDERD_PORT_80_SSH", "ORDERD_PORT_"})
    BOOST_TEST(contains(complaint(read({}, {{name, "8080"}})), name));
}

BOOST_AUTO_TEST_CASE(switches_are_understood_as_people_write_them) {
  for (const char* yes : {"true", "TRUE", "1", "yes", "on"})
    BOOST_TEST(good(read({}, {{"ORDERD_ALLOW_PUBLIC_OPEN", yes}})).allow_public_open);
  for (const char* no : {"false", "False", "0", "no", "off"})
    BOOST_TEST(!good(read({}, {{"ORDERD_ALLOW_PUBLIC_OPEN", no}})).allow_public_open);
  BOOST_TEST(contains(complaint(read({}, {{"ORDERD_ALLOW_PUBLIC_OPEN", "2"}})), "true | false"));
}

BOOST_AUTO_TEST_CASE(words_are_understood_in_any_case) {
  BOOST_TEST((good(read({}, {{"LOG_LEVEL", "WARN"}})).log_level == log::level::warn));
  BOOST_TEST(
      contains(complaint(read({}, {{"LOG_LEVEL", "warning"}})), "trace | debug | info | warn | error"));
}

BOOST_AUTO_TEST_CASE(operators_are_divided_by_commas_and_named_once) {
  const auto operators = [](const char* text) { return good(read({}, {{"OPERATORS", text}})).operators; };
  const std::vector<std::string> expected{"ann", "bob"};
  BOOST_TEST(operators("ann,bob") == expected, boost::test_tools::per_element());
  BOOST_TEST(operators(" ann , bob ,ann") == expected, boost::test_tools::per_element());
  for (const char* bad : {"ann,,bob", ",ann", "ann,", "a nn", "ann\x01", "\xc3\xa4"})
    BOOST_TEST(contains(complaint(read({}, {{"OPERATORS", bad}})), "OPERATORS"));
  BOOST_TEST(operators(std::string(64, 'x').c_str()).size() == 1U);
  BOOST_TEST(contains(complaint(read({}, {{"OPERATORS", std::string(65, 'x')}})), "1..64"));
}

BOOST_AUTO_TEST_CASE(a_thousand_operators_are_the_most) {
  std::string names = "n0";
  for (int each = 1; each < 1000; ++each)
    names += ",n" + std::to_string(each);
  BOOST_TEST(good(read({}, {{"OPERATORS", names}})).operators.size() == 1000U);
  BOOST_TEST(contains(complaint(read({}, {{"OPERATORS", names + ",n1000"}})), "at most 1000"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::tests
