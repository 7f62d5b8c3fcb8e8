#include "http/engine_start.hpp"

#include <algorithm>
#include <random>

namespace orderd::http {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds pause_min{250};
constexpr milliseconds pause_max{5'000};

/// Between half of `longest` and all of it: processes that lost one database shall not come back together.
[[nodiscard]] milliseconds with_jitter(milliseconds longest) {
  thread_local std::minstd_rand random{std::random_device{}()};
  return milliseconds{
      std::uniform_int_distribution<milliseconds::rep>{longest.count() / 2, longest.count()}(random)};
}

} // namespace

result<std::unique_ptr<engine>> start_patiently(const engine_start& how) {
  for (auto longest = pause_min;; longest = std::min(2 * longest, pause_max)) {
    auto started = how.attempt();
    if (started || !may_pass(started.error().code))
      return started;
    // An interrupted attempt ends like one that took too long.
    if (how.ends_within(milliseconds{0}))
      return nullptr;
    if (!how.patient)
      return started;
    const auto pause = with_jitter(longest);
    how.failed(started.error(), pause);
    if (how.ends_within(pause))
      return nullptr;
  }
}

} // namespace orderd::http
