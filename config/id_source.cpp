#include "config/id_source.hpp"

#include <algorithm>
#include <random>

namespace orderd {

namespace {

/// The counter in the 12 bits behind the milliseconds (RFC 9562, section 6.2, method 1).
constexpr std::uint64_t counter_max = 0xFFF;

struct generator {
  std::mt19937_64 random{[] {
    std::random_device device;
    return (std::uint64_t{device()} << 32U) | device();
  }()};
  timestamp last{};
  std::uint64_t counter = 0;
};

} // namespace

uuid fresh_id(const clock_port& clock) {
  thread_local generator mine;
  const auto now = std::max(clock.now(), mine.last);
  if (now == mine.last && mine.counter < counter_max) {
    ++mine.counter;
  } else {
    // An exhausted counter borrows from the next millisecond.
    mine.last = now == mine.last ? now + std::chrono::milliseconds{1} : now;
    mine.counter = mine.random() & 0x3FFU;
  }
  return make_uuid_v7(mine.last, mine.counter, mine.random());
}

} // namespace orderd
