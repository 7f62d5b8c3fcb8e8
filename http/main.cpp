/// The process: settings, and the task that they name.
#include "actors/upkeep.hpp"
#include "actors/verification.hpp"
#include "config/clock.hpp"
#include "config/fault_point.hpp"
#include "config/import_options.hpp"
#include "config/log.hpp"
#include "config/settings.hpp"
#include "config/version.hpp"
#include "http/import_command.hpp"
#include "http/log_renewal.hpp"
#include "http/process_options.hpp"
#include "http/serving.hpp"

#include <cstdio>
#include <functional>
#include <utility>
#include <variant>

namespace orderd {
namespace {

constexpr int exit_status_of_failed_task = 1;
constexpr const char* fault_point_variable = "ORDERD_TEST_FAULT_POINT";

/// Does the task and says on stdout what became of it.
int keep_up(const settings& s, const http::ending_signals& signals) {
  auto options = http::engine_options_of(s);
  options.interrupted = [&signals] { return signals.pending(); };
  const auto done = do_upkeep(s.task, s.task_file, options, system_clock_port{});
  if (!done) {
    log::error("the task failed", {{"detail", done.error().detail}});
    return exit_status_of_failed_task;
  }
  std::fputs(done->c_str(), stdout);
  return 0;
}

/// Says on stdout what the check comes to.
int check(const settings& s, const http::ending_signals& signals) {
  auto options = http::engine_options_of(s);
  options.interrupted = [&signals] { return signals.pending(); };
  const auto checked = verify(s.task_file, options);
  if (!checked) {
    log::error("the check could not be carried out", {{"detail", checked.error().detail}});
    return exit_status_of_no_verdict;
  }
  std::fputs(checked->text.c_str(), stdout);
  return checked->ok ? exit_status_of_agreement : exit_status_of_difference;
}

/// Does what the process is there for and returns its exit status.
int run(const settings& s, std::function<void()> renew) {
  http::ending_signals signals;
  log::info("orderd starts", {{"version", program_version()}, {"data_dir", s.data_dir.string()}});
  switch (s.task) {
  case process_task::serve:
    signals.on_hangup(std::move(renew));
    return http::serve(s, signals);
  case process_task::migrate:
  case process_task::begin_journal:
  case process_task::export_history:
  case process_task::import_history:
    return keep_up(s, signals);
  case process_task::verify:
    return check(s, signals);
  }
  return exit_status_of_failed_task;
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
  if (is_import_command(argc, argv))
    return http::run_import_command(argc, argv, environment);
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
  const int status = run(chosen, [&] { http::renew_log_level(argc, argv, environment); });
  log::shutdown();
  return status;
}
