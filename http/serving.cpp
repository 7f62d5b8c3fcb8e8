#include "http/serving.hpp"

#include "config/log.hpp"
#include "http/api.hpp"
#include "http/engine_start.hpp"
#include "http/entrance.hpp"
#include "http/process_options.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <random>

namespace orderd::http {
namespace {

constexpr int exit_status_of_failed_start = 1;

/// As `start_patiently`. Only a database can be away: the embedded store is there or it is not.
[[nodiscard]] result<std::unique_ptr<engine>> start_engine(const settings& s, const clock_port& clock,
                                                           ending_signals& signals, entrance& door) {
  auto options = engine_options_of(s);
  options.jitter_seed = std::random_device{}();
  options.interrupted = [&signals] { return signals.pending(); };
  engine_start how;
  how.attempt = [&] { return engine::start(options, clock); };
  how.patient = options.database.has_value();
  how.failed = [&](const error& why, std::chrono::milliseconds pause) {
    log::warn("the engine could not start yet", {{"detail", why.detail}, {"next_try_ms", pause.count()}});
    door.set_obstacle(why.detail);
  };
  how.ends_within = [&](std::chrono::milliseconds span) { return signals.wait_for(span); };
  return start_patiently(how);
}

int drain(server& front, std::chrono::milliseconds longest) {
  const auto cut = front.drain(longest);
  log::info("drained", {{"connections_cut", cut}});
  return 0;
}

} // namespace

int serve(const settings& s, ending_signals& signals) {
  const system_clock_port clock;
  std::atomic<bool> draining{false};
  entrance door{clock};
  // Both are there before the server is, and so outlive its threads.
  std::unique_ptr<engine> core;
  std::optional<api> routes;
  server front{server_limits_of(s), door.handler(), server_error_renderer(clock)};
  if (const auto failure = front.start(s.host, s.port); !failure.empty()) {
    log::error("the server could not listen", {{"detail", failure}});
    return exit_status_of_failed_start;
  }
  log::info("listening", {{"host", s.host}, {"port", front.port()}});
  auto started = start_engine(s, clock, signals, door);
  if (!started) {
    log::error("the engine could not start", {{"detail", started.error().detail}});
    return exit_status_of_failed_start;
  }
  core = *std::move(started);
  if (!core)
    return drain(front, s.drain_timeout);
  routes.emplace(api_context{*core, clock, open_identity{s.operators}, s.order_placement, s.currency,
                             s.durability, draining, s.payments});
  door.open(*routes);
  log::info("ready", {{"host", s.host}, {"port", front.port()}});
  signals.wait();
  draining = true;
  return drain(front, s.drain_timeout);
}

} // namespace orderd::http
