#include "config/fault_point.hpp"

#include "domain/assert.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <span>
#include <string>

namespace orderd {
namespace {

std::string_view armed_point;
std::atomic<unsigned> passages_left{0};

/// The place of that name as it is listed; empty if there is none.
[[nodiscard]] std::string_view known_place(std::string_view name) {
  for (const std::span<const std::string_view> places :
       {std::span<const std::string_view>(fault_points), std::span<const std::string_view>(saga_fault_points),
        std::span<const std::string_view>(event_fault_points)})
    if (const auto known = std::find(places.begin(), places.end(), name); known != places.end())
      return *known;
  return {};
}

} // namespace

void arm_fault_point(std::string_view name, unsigned count) {
  armed_point = known_place(name);
  ORDERD_ASSERT(!armed_point.empty() && count > 0);
  passages_left.store(count, std::memory_order_release);
}

result<void> arm_fault_point_of(std::string_view text) {
  const auto colon = std::min(text.find(':'), text.size());
  const auto name = text.substr(0, colon);
  const auto number = text.substr(std::min(colon + 1, text.size()));
  unsigned count = 0;
  const auto [end, failed] = std::from_chars(number.data(), number.data() + number.size(), count);
  const bool counts = failed == std::errc{} && end == number.data() + number.size() && count > 0;
  if (!counts || known_place(name).empty()) {
    auto detail = "the fault point '" + std::string(text) + "' is not <place>:<count from 1>; the places are";
    for (const auto& each : fault_points)
      (detail += ' ') += each;
    for (const auto& each : saga_fault_points)
      (detail += ' ') += each;
    for (const auto& each : event_fault_points)
      (detail += ' ') += each;
    return fail(error_code::invalid_setting, std::move(detail));
  }
  arm_fault_point(name, count);
  return {};
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
