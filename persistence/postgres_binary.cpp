#include "persistence/postgres_binary.hpp"

namespace orderd::postgres_binary {
namespace {

using namespace std::chrono;
using limits = std::numeric_limits<std::int64_t>;

constexpr timestamp epoch = sys_days(2000y / January / 1);
// From the day 0 of the Julian calendar, 4714-11-24 BC of ours, to the end of the year 294276.
constexpr timestamp first = epoch - days(2'451'545);
constexpr timestamp behind_last = epoch + milliseconds(9'223'371'331'200'000);

} // namespace

std::int64_t from_timestamp(timestamp at) noexcept {
  if (at < first)
    return limits::min();
  if (at >= behind_last)
    return limits::max();
  return microseconds(at - epoch).count();
}

timestamp to_timestamp(std::int64_t microseconds) noexcept {
  if (microseconds == limits::min())
    return timestamp::min();
  if (microseconds == limits::max())
    return timestamp::max();
  return epoch + floor<milliseconds>(std::chrono::microseconds(microseconds));
}

} // namespace orderd::postgres_binary
