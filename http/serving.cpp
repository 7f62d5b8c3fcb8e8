#include "http/serving.hpp"

#include "config/log.hpp"
#include "config/token_table.hpp"
#include "http/access_log.hpp"
#include "http/api.hpp"
#include "http/caller_rates.hpp"
#include "http/edge_figures.hpp"
#include "http/engine_start.hpp"
#include "http/entrance.hpp"
#include "http/event_intake.hpp"
#include "http/event_links.hpp"
#include "http/identity.hpp"
#include "http/process_options.hpp"
#include "http/trace_export.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>

namespace orderd::http {
namespace {

constexpr int exit_status_of_failed_start = 1;

/// As `start_patiently`. Only a database can be away: the embedded store is there or it is not.
[[nodiscard]] result<std::unique_ptr<engine>> start_engine(const settings& s, const clock_port& clock,
                                                           ending_signals& signals, entrance& door) {
  auto options = engine_options_of(s);
  options.jitter_seed = std::random_device{}();
  options.sinks = sinks_of(s, clock);
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

/// A bad file leaves the tokens as they were: a slip in it must not lock everybody out.
void renew(token_identity& identity, const std::string& path) {
  auto tokens = read_token_file(path);
  if (!tokens) {
    log::error("the tokens were not read again; the former ones stay in force",
               {{"detail", tokens.error().detail}});
    return;
  }
  const auto count = tokens->size();
  identity.replace(*std::move(tokens));
  log::info("the tokens were read again", {{"tokens", count}});
}

/// Who is believed to be the caller, as AUTH says. Tokens are read again when `signals` bring a hangup.
[[nodiscard]] result<std::unique_ptr<identity_port>> identity_of(const settings& s, ending_signals& signals) {
  switch (s.auth) {
  case auth_mode::open:
    return std::make_unique<open_identity>(s.operators);
  case auth_mode::gateway:
    return std::make_unique<gateway_identity>(s.operators, s.trusted_proxies);
  case auth_mode::token:
    break;
  }
  auto tokens = read_token_file(s.token_file.string());
  if (!tokens)
    return tl::unexpected(std::move(tokens).error());
  auto made = std::make_unique<token_identity>(s.operators, *std::move(tokens));
  signals.on_hangup([to = made.get(), path = s.token_file.string()] { renew(*to, path); });
  return made;
}

/// Null without a limit.
[[nodiscard]] std::unique_ptr<caller_rates> rates_of(const settings& s) {
  if (s.rate_limit_per_second == 0)
    return nullptr;
  const auto burst = s.rate_limit_burst > 0 ? s.rate_limit_burst : 2 * s.rate_limit_per_second;
  // In the open mode a name is whatever the caller says.
  const auto names = s.auth == auth_mode::open ? caller_names::made_up : caller_names::believed;
  return std::make_unique<caller_rates>(rate_terms{s.rate_limit_per_second, burst}, names);
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
  const auto identity = identity_of(s, signals);
  if (!identity) {
    log::error("nobody could be told apart", {{"detail", identity.error().detail}});
    return exit_status_of_failed_start;
  }
  if (const auto checked = check_links(s); !checked) {
    log::error("the brokers' settings cannot be used", {{"detail", checked.error().detail}});
    return exit_status_of_bad_settings;
  }
  const auto table = make_route_table();
  edge_figures figures{s.service_name, table, clock.now()};
  access_log accesses;
  request_observers observers{{&figures, &accesses}};
  const auto rates = rates_of(s);
  entrance door{clock, &observers};
  // All are there before the server is, and so outlive its threads; and what uses the engine ends before it.
  std::optional<trace_export> traces;
  tracer unrecorded{{trace_sampler::always_off}}; // passes on what a request came with
  if (!s.traces_endpoint.empty())
    traces.emplace(s);
  std::unique_ptr<engine> core;
  std::optional<event_intake> intake;
  std::optional<event_links> links;
  std::optional<api> routes;
  server front{server_limits_of(s), door.handler(), server_error_renderer(clock, &observers)};
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
  intake.emplace(*core, clock, intake_terms{s.order_placement, s.currency, s.durability, &figures});
  links.emplace(s, intake->handler());
  routes.emplace(api_context{*core, clock, **identity, s.order_placement, s.currency, s.durability, draining,
                             s.payments, &*links, &observers, &figures, rates.get(),
                             traces ? &traces->spans() : &unrecorded});
  door.open(*routes);
  log::info("ready", {{"host", s.host}, {"port", front.port()}});
  signals.wait();
  draining = true;
  core->prepare_to_end();
  return drain(front, s.drain_timeout);
}

} // namespace orderd::http
