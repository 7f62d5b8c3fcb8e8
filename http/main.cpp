/// The process: settings, engine, server, and an orderly end.
#include "actors/engine.hpp"
#include "config/log.hpp"
#include "config/settings.hpp"
#include "config/version.hpp"
#include "http/api.hpp"
#include "http/problem.hpp"
#include "http/server.hpp"

#include <pthread.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <string_view>
#include <variant>

namespace orderd {
namespace {

constexpr int exit_status_of_failed_start = 1;

/// Blocks the signals that end the process, before any thread starts, so that only `wait_for_end` sees them.
[[nodiscard]] sigset_t block_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGINT);
  sigaddset(&ending, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  return ending;
}

[[nodiscard]] engine_options engine_options_of(const settings& s) {
  engine_options options;
  options.data_dir = s.data_dir.string();
  options.durability = s.durability;
  options.shards = s.shards;
  options.scheduler_threads = s.scheduler_threads;
  options.scheduler_policy = s.scheduler_policy == scheduler_policy::stealing ? "stealing" : "sharing";
  options.live_entities_max = s.live_entities_max;
  options.entity_idle = s.entity_idle;
  options.tick = s.expiry_tick;
  options.journal_segment_bytes = s.journal_segment_bytes;
  options.journal_backlog_bytes_max = s.journal_backlog_bytes_max;
  options.store_batch_events_max = s.store_batch_events_max;
  options.store_batch_latency = s.store_batch_latency;
  options.store_readers = s.store_readers;
  options.list_wait = s.list_wait;
  options.requests_in_flight_max = s.requests_in_flight_max;
  return options;
}

/// A catalogue may be far longer than any other body.
[[nodiscard]] bool takes_catalogue(std::string_view path) {
  if (path.starts_with("/api/"))
    path.remove_prefix(4);
  if (path.ends_with('/'))
    path.remove_suffix(1);
  return path == "/stock/import";
}

[[nodiscard]] http::server_limits server_limits_of(const settings& s) {
  http::server_limits limits;
  limits.workers = s.http_workers;
  limits.connections_max = s.connections_max;
  limits.body_bytes_max = s.body_bytes_max;
  limits.large_body_bytes_max = s.import_bytes_max;
  limits.body_bytes_total_max = std::max(limits.body_bytes_total_max, 2 * s.import_bytes_max);
  limits.takes_large_body = takes_catalogue;
  limits.head_timeout = s.head_timeout;
  limits.body_timeout = s.body_timeout;
  limits.idle_timeout = s.idle_timeout;
  return limits;
}

void wait_for_end(const sigset_t& ending) {
  int signal = 0;
  sigwait(&ending, &signal);
  log::info("ending", {{"signal", signal}});
}

int run(const settings& s) {
  const auto ending = block_signals();
  log::info("orderd starts", {{"version", program_version()}, {"data_dir", s.data_dir.string()}});
  const system_clock_port clock;
  auto engine = engine::start(engine_options_of(s), clock);
  if (!engine) {
    log::error("the engine could not start", {{"detail", engine.error().detail}});
    return exit_status_of_failed_start;
  }
  std::atomic<bool> draining{false};
  const http::api api{http::api_context{**engine, clock, http::open_identity{s.operators}, s.order_placement,
                                        s.currency, draining}};
  http::server server{server_limits_of(s), api.handler(), http::server_error_renderer(clock)};
  if (const auto failure = server.start(s.host, s.port); !failure.empty()) {
    log::error("the server could not listen", {{"detail", failure}});
    return exit_status_of_failed_start;
  }
  log::info("ready", {{"host", s.host}, {"port", server.port()}});
  wait_for_end(ending);
  draining = true;
  const auto cut = server.drain(s.drain_timeout);
  log::info("drained", {{"connections_cut", cut}});
  return 0;
}

} // namespace
} // namespace orderd

int main(int argc, char** argv) {
  using namespace orderd;
  const auto outcome = read_settings(argc, argv, this_process_environment());
  if (!outcome) {
    std::fputs(describe(outcome.error()).c_str(), stderr);
    return exit_status_of_bad_settings;
  }
  if (const auto* answer = std::get_if<printed_answer>(&*outcome)) {
    std::fputs(answer->text.c_str(), stdout);
    return answer->exit_status;
  }
  const auto& chosen = std::get<settings>(*outcome);
  log::set_level(chosen.log_level);
  log::set_format(chosen.log_format);
  const int status = run(chosen);
  log::shutdown();
  return status;
}
