#include "tests/unit/config/settings_fixture.hpp"

namespace orderd::tests {

BOOST_AUTO_TEST_SUITE(settings_flags)

BOOST_AUTO_TEST_CASE(a_value_follows_a_blank_or_an_equals_sign) {
  BOOST_TEST(good(read({"--port", "81"})).port == 81);
  BOOST_TEST(good(read({"--port=82"})).port == 82);
}

BOOST_AUTO_TEST_CASE(the_name_of_the_environment_is_a_flag_as_well) {
  BOOST_TEST(good(read({"--orderd-data-dir", "/srv"})).data_dir == std::filesystem::path("/srv"));
  BOOST_TEST(good(read({"--data-dir", "/srv"})).data_dir == std::filesystem::path("/srv"));
}

BOOST_AUTO_TEST_CASE(an_unknown_flag_names_its_nearest_and_its_value_is_no_second_problem) {
  BOOST_TEST(complaint(read({"--prot", "80"})) == "flag '--prot' is no setting (did you mean --port?)");
  BOOST_TEST(complaint(read({"--prot=80"})) == "flag '--prot' is no setting (did you mean --port?)");
  BOOST_TEST(contains(complaint(read({"--prot="})), "'--prot'"));
  BOOST_TEST(contains(complaint(read({"--check-confg"})), "did you mean --check-config?"));
  BOOST_TEST(contains(complaint(read({"--orderd-shard", "3"})), "did you mean --shards?"));
}

BOOST_AUTO_TEST_CASE(an_unknown_flag_like_no_other_gets_no_advice) {
  BOOST_TEST(complaint(read({"--zzzzqqqq"})) == "flag '--zzzzqqqq' is no setting");
  BOOST_TEST(complaint(read({"-q"})) == "flag '-q' is no setting");
}

BOOST_AUTO_TEST_CASE(a_stray_argument_is_refused) {
  BOOST_TEST(complaint(read({"serve"})) == "argument 'serve' does not belong to any flag");
  BOOST_TEST(contains(complaint(read({"--port", "80", "81"})), "'81'"));
  BOOST_TEST(contains(complaint(read({"--", "x"})), "argument 'x'"));
  BOOST_TEST(contains(complaint(read({"--", "--port"})), "argument '--port'"));
}

BOOST_AUTO_TEST_CASE(a_flag_without_its_value_is_refused) {
  BOOST_TEST(complaint(read({"--shards", "4", "--port"})) == "flag '--port' needs a value");
  BOOST_TEST(contains(complaint(read({"--config"})), "flag '--config' needs a value"));
}

BOOST_AUTO_TEST_CASE(a_flag_given_twice_is_refused_under_any_of_its_names) {
  BOOST_TEST(complaint(read({"--port", "1", "--port", "1"})) == "PORT: flag --port is given 2 times");
  BOOST_TEST(contains(complaint(read({"--shards=1", "--orderd-shards=1"})), "given 2 times"));
  BOOST_TEST(contains(complaint(read({"--allow-public-open", "--allow-public-open=false"})), "2 times"));
  BOOST_TEST(contains(complaint(read({"--config", "a", "--config", "b"})), "--config is given 2 times"));
}

BOOST_AUTO_TEST_CASE(an_empty_value_is_a_value_and_swallows_no_neighbour) {
  for (const auto& empty : {std::vector<std::string>{"--operators=", "--port", "81"},
                            std::vector<std::string>{"--operators", "", "--port", "81"}}) {
    const settings values = good(read(empty));
    BOOST_TEST(values.operators.empty());
    BOOST_TEST(values.port == 81);
  }
  BOOST_TEST(contains(complaint(read({"--allow-public-open="})), "argument ''"));
  BOOST_TEST(contains(complaint(read({"--currency="})), "ORDERD_CURRENCY: '' (flag --currency)"));
}

BOOST_AUTO_TEST_CASE(a_value_that_looks_like_a_flag_is_still_the_value) {
  BOOST_TEST(contains(complaint(read({"--port", "-5"})), "PORT: '-5'"));
  BOOST_TEST(contains(complaint(read({"--port=-5"})), "PORT: '-5'"));
}

BOOST_AUTO_TEST_CASE(a_value_reaches_its_setting_byte_for_byte) {
  for (const char* path : {"[a,b]", "{}", "\"a b\"", "'a'", "a=b", "%d{}", "a\\b"})
    BOOST_TEST(good(read({"--data-dir", path})).data_dir.string() == path);
}

BOOST_AUTO_TEST_CASE(a_switch_may_stand_alone_or_say_which) {
  BOOST_TEST(good(read({"--allow-public-open"})).allow_public_open);
  BOOST_TEST(good(read({"--allow-public-open=true"})).allow_public_open);
  BOOST_TEST(
      !good(read({"--allow-public-open=false"}, {{"ORDERD_ALLOW_PUBLIC_OPEN", "1"}})).allow_public_open);
}

BOOST_AUTO_TEST_CASE(a_task_stands_beside_the_settings) {
  BOOST_TEST((good(read({"--port", "81"})).task == process_task::serve));
  BOOST_TEST((good(read({"--migrate"})).task == process_task::migrate));
  BOOST_TEST(good(read({"--migrate"})).task_file.empty());
  BOOST_TEST((good(read({"--begin-journal"})).task == process_task::begin_journal));
  const settings out = good(read({"--export", "a.history", "--data-dir", "/srv"}));
  BOOST_TEST((out.task == process_task::export_history));
  BOOST_TEST(out.task_file == "a.history");
  BOOST_TEST(out.data_dir == std::filesystem::path("/srv"));
  const settings in = good(read({"--import=b.history"}));
  BOOST_TEST((in.task == process_task::import_history));
  BOOST_TEST(in.task_file == "b.history");
  const settings checked = good(read({"--verify", "/srv/data"}));
  BOOST_TEST((checked.task == process_task::verify));
  BOOST_TEST(checked.task_file == "/srv/data");
}

BOOST_AUTO_TEST_CASE(a_process_has_one_task_at_most) {
  BOOST_TEST(complaint(read({"--export", "a", "--import", "b"})) ==
             "flags --export and --import are two tasks; one at a time");
  BOOST_TEST(complaint(read({"--import", "b", "--migrate"})) ==
             "flags --migrate and --import are two tasks; one at a time");
  BOOST_TEST(complaint(read({"--export", "a", "--export", "a"})) == "flag --export is given 2 times");
  BOOST_TEST(complaint(read({"--migrate", "--migrate"})) == "flag --migrate is given 2 times");
}

BOOST_AUTO_TEST_CASE(a_task_takes_a_file_or_takes_none) {
  BOOST_TEST(complaint(read({"--import"})) == "flag '--import' needs a value");
  BOOST_TEST(complaint(read({"--export="})) == "flag --export needs the name of a file");
  BOOST_TEST(complaint(read({"--verify="})) == "flag --verify needs the name of a file or folder");
  BOOST_TEST(complaint(read({"--migrate=false"})) == "flag --migrate takes no value");
  BOOST_TEST(complaint(read({"--begin-journal=no"})) == "flag --begin-journal takes no value");
  BOOST_TEST(contains(complaint(read({"--exprot", "a"})), "did you mean --export?"));
  BOOST_TEST(contains(complaint(read({"--migrat"})), "did you mean --migrate?"));
}

BOOST_AUTO_TEST_CASE(help_and_version_answer_whatever_else_is_wrong) {
  const printed_answer help = printed(read({"--help", "--nonsense", "--port", "x"}, {{"PORT", "y"}}));
  BOOST_TEST(help.exit_status == 0);
  BOOST_TEST(contains(help.text, "usage: orderd"));
  BOOST_TEST(printed(read({"-h"})).text == help.text);
  const printed_answer version = printed(read({"--version"}));
  BOOST_TEST(version.exit_status == 0);
  BOOST_TEST(version.text.starts_with("orderd "));
  BOOST_TEST(contains(version.text, "."));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::tests
