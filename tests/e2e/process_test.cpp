#include "tests/e2e/running_orderd.hpp"

#include <unistd.h>

#include <csignal>
#include <fstream>
#include <sstream>
#include <string>

using namespace orderd::test;

namespace {

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// The program refuses to start for what it was given, and says these words.
void check_refused(const program_run& run, const std::vector<std::string>& words) {
  BOOST_TEST_CONTEXT("errors: " << run.errors) {
    BOOST_TEST(run.exit_status != 0);
    BOOST_TEST(run.exit_status < 128);
    BOOST_TEST(run.output.empty());
    for (const auto& each : words)
      BOOST_TEST(holds(run.errors, each), "no word of " << each);
  }
}

/// CPU time of the process so far, in clock ticks.
long ticks_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(file, text);
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::string skipped;
  for (int field = 3; field < 14; ++field)
    fields >> skipped;
  long user = 0;
  long system = 0;
  fields >> user >> system;
  return user + system;
}

} // namespace

BOOST_AUTO_TEST_SUITE(process)

BOOST_AUTO_TEST_CASE(help_and_version_are_printed) {
  const auto help = run_orderd({"--help"});
  BOOST_TEST(help.exit_status == 0);
  for (const std::string word : {"--port", "--data-dir", "ORDER_PLACEMENT", "--check-config"})
    BOOST_TEST(holds(help.output, word), "no word of " << word);
  const auto version = run_orderd({"--version"});
  BOOST_TEST(version.exit_status == 0);
  BOOST_TEST(holds(version.output, "0.1.0"));
}

BOOST_AUTO_TEST_CASE(a_good_configuration_is_shown_and_nothing_is_started) {
  const temporary_folder folder;
  const auto run =
      run_orderd({"--check-config", "--port", "4711"}, {"ORDERD_DATA_DIR=" + folder.path() + "/new"});
  BOOST_TEST(run.exit_status == 0);
  BOOST_TEST(holds(run.output, "4711"));
  BOOST_TEST(::access((folder.path() + "/new").c_str(), F_OK) != 0);
}

BOOST_AUTO_TEST_CASE(bad_settings_are_refused_with_the_value_and_the_range) {
  check_refused(run_orderd({"--check-config", "--port", "70000"}), {"70000", "65535"});
  check_refused(run_orderd({"--check-config"}, {"ORDER_PLACEMENT=sometimes"}), {"sometimes", "immediate"});
  check_refused(run_orderd({"--journal-segment-bytes", "1"}), {"1048576"});
}

BOOST_AUTO_TEST_CASE(unknown_names_are_refused_with_the_nearest_one) {
  check_refused(run_orderd({"--prot", "1"}), {"--prot", "--port"});
  check_refused(run_orderd({}, {"ORDERD_DATADIR=/nowhere"}), {"ORDERD_DATADIR", "ORDERD_DATA_DIR"});
  const temporary_folder folder;
  const auto file = folder.path() + "/orderd.toml";
  std::ofstream(file) << "data_dri = \"/nowhere\"\n";
  check_refused(run_orderd({"--config", file}), {"data_dri", "data_dir"});
}

BOOST_AUTO_TEST_CASE(a_fault_point_that_does_not_exist_is_a_bad_setting) {
  const temporary_folder folder;
  const auto run = run_orderd({"--port", "0", "--data-dir", folder.path() + "/data"},
                              {"ORDERD_TEST_FAULT_POINT=journal.printed:1"});
  check_refused(run, {"journal.printed", "journal.synced"});
  BOOST_TEST(run.exit_status == 2);
}

BOOST_AUTO_TEST_CASE(a_fault_point_ends_the_process_where_it_stands) {
  const temporary_folder folder;
  orderd_process program(folder.path() + "/data", {}, {"ORDERD_TEST_FAULT_POINT=journal.synced:1"});
  // The change is durable and its answer never leaves.
  BOOST_TEST(api_client(program.port()).put("/stock/WIDGET", R"({"name":"Widget","on_hand":1})").status == 0);
  BOOST_TEST(program.wait_for_end() == 128 + SIGKILL);
}

BOOST_AUTO_TEST_CASE(a_public_address_without_authentication_is_refused) {
  check_refused(run_orderd({"--check-config", "--host", "0.0.0.0"}), {"0.0.0.0", "ALLOW_PUBLIC_OPEN"});
  BOOST_TEST(run_orderd({"--check-config", "--host", "0.0.0.0", "--allow-public-open"}).exit_status == 0);
}

BOOST_FIXTURE_TEST_CASE(a_port_in_use_is_refused, running_orderd) {
  const temporary_folder other;
  const auto port = std::to_string(program.port());
  check_refused(run_orderd({"--port", port, "--data-dir", other.path()}), {port, "in use"});
}

BOOST_FIXTURE_TEST_CASE(a_folder_in_use_is_refused_and_its_owner_is_untouched, running_orderd) {
  api.define("WIDGET", 10);
  check_refused(run_orderd({"--port", "0", "--data-dir", program.data_dir()}),
                {program.data_dir(), "in use by another process"});
  auto bob = as("bob");
  place(bob, "WIDGET", 1);
  check_stock(api, "WIDGET", 10, 1);
}

BOOST_FIXTURE_TEST_CASE(an_orderly_end_is_status_0_and_keeps_everything, running_orderd) {
  api.define("WIDGET", 10);
  auto bob = as("bob");
  const auto id = place(bob, "WIDGET", 4);
  const auto before = bob.get("/orders/" + id).raw.body;
  BOOST_TEST(program.stop() == 0);
  BOOST_TEST(holds(program.log(), "the engine has stopped"));
  program.start();
  BOOST_TEST(as("bob").get("/orders/" + id).raw.body == before);
  api_client again(program.port());
  check_stock(again, "WIDGET", 10, 4);
}

// A budget of CPU time, not of speed: a thread that spins would use a hundred times as much. The least of
// several spans counts, so that the machine's own work cannot fail it.
BOOST_FIXTURE_TEST_CASE(an_idle_engine_uses_no_cpu, running_orderd) {
  constexpr int span_ms = 3'000;
  api.define("WIDGET", 10);
  auto bob = as("bob");
  place(bob, "WIDGET", 1);
  long least = 1'000;
  for (int span = 0; span < 3 && least > 3; ++span) {
    const auto begin = ticks_of(program.pid());
    ::poll(nullptr, 0, span_ms);
    least = std::min(least, ticks_of(program.pid()) - begin);
  }
  BOOST_TEST(least <= 3);
}

BOOST_AUTO_TEST_SUITE_END()
