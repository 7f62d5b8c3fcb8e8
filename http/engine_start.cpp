#include "http/engine_start.hpp"

#include "config/backoff.hpp"

#include <random>

namespace orderd::http {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds pause_min{250};
constexpr milliseconds pause_max{5'000};

} // namespace

result<std::unique_ptr<engine>> start_patiently(const engine_start& how) {
  backoff pauses{pause_min, pause_max, std::random_device{}()};
  for (;;) {
    auto started = how.attempt();
    if (started || !may_pass(started.error().code))
      return started;
    // An interrupted attempt ends like one that took too long.
    if (how.ends_within(milliseconds{0}))
      return nullptr;
    if (!how.patient)
      return started;
    const auto pause = pauses.next();
    how.failed(started.error(), pause);
    if (how.ends_within(pause))
      return nullptr;
  }
}

} // namespace orderd::http
