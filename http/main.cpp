/// The process: settings, and the task that they name.
#include "config/fault_point.hpp"
#include "config/log.hpp"
#include "config/settings.hpp"
#include "config/version.hpp"
#include "http/serving.hpp"

#include <cstdio>
#include <variant>

namespace orderd {
namespace {

constexpr const char* fault_point_variable = "ORDERD_TEST_FAULT_POINT";

/// Does what the process is there for and returns its exit status.
int run(const settings& s) {
  http::ending_signals signals;
  log::info("orderd starts", {{"version", program_version()}, {"data_dir", s.data_dir.string()}});
  switch (s.task) {
  case process_task::serve:
    return http::serve(s, signals);
  case process_task::migrate:
  case process_task::export_history:
  case process_task::import_history:
    break;
  }
  log::error("this task is not offered by this program");
  return 1;
}

int refuse(const settings_problems& problems) {
  std::fputs(describe(problems).c_str(), stderr);
  return exit_status_of_bad_settings;
}

} // namespace
} // namespace orderd

int main(int argc, char** argv) {
  using namespace orderd;
  const auto environment = this_process_environment();
  const auto outcome = read_settings(argc, argv, environment);
  if (!outcome)
    return refuse(outcome.error());
  if (const auto* answer = std::get_if<printed_answer>(&*outcome)) {
    std::fputs(answer->text.c_str(), stdout);
    return answer->exit_status;
  }
  const auto rehearsed = environment.variables.find(fault_point_variable);
  if (rehearsed != environment.variables.end() && !rehearsed->second.empty()) {
    if (const auto armed = arm_fault_point_of(rehearsed->second); !armed)
      return refuse({armed.error()});
  }
  const auto& chosen = std::get<settings>(*outcome);
  log::set_level(chosen.log_level);
  log::set_format(chosen.log_format);
  const int status = run(chosen);
  log::shutdown();
  return status;
}
