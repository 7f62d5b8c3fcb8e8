#include "config/fault_point.hpp"

#include "domain/assert.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>

namespace orderd {
namespace {

std::string_view armed_point;
std::atomic<unsigned> passages_left{0};

} // namespace

void arm_fault_point(std::string_view name, unsigned count) {
  const auto known = std::find(fault_points.begin(), fault_points.end(), name);
  ORDERD_ASSERT(known != fault_points.end() && count > 0);
  armed_point = *known;
  passages_left.store(count, std::memory_order_release);
}

bool fault_point_armed() noexcept { return passages_left.load(std::memory_order_acquire) > 0; }

void pass_fault_point(std::string_view name) noexcept {
  if (!fault_point_armed() || name != armed_point)
    return;
  // Nothing is flushed and nothing is said: that is what is rehearsed.
  if (passages_left.fetch_sub(1, std::memory_order_acq_rel) == 1)
    ::kill(::getpid(), SIGKILL);
}

} // namespace orderd
