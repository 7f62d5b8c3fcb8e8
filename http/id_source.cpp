#include "http/id_source.hpp"

#include <algorithm>
#include <bit>
#include <random>

namespace orderd::http {
namespace {

/// The counter starts low in each millisecond, so that it has room to count.
constexpr std::uint64_t counter_start_mask = 0x3FF;
constexpr std::uint64_t counter_max = 0xFFF;

} // namespace

id_source::id_source() {
  std::random_device system;
  for (auto& word : state_)
    word = (std::uint64_t{system()} << 32U) | system();
  // All zeros is the one state that xoshiro never leaves.
  state_[0] |= 1U;
}

std::uint64_t id_source::random() noexcept {
  const auto result = std::rotl(state_[1] * 5, 7) * 9;
  const auto shifted = state_[1] << 17U;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

uuid id_source::next(timestamp now) noexcept {
  if (now > last_) {
    last_ = now;
    counter_ = random() & counter_start_mask;
  } else if (++counter_ > counter_max) {
    // More ids than a millisecond has room for borrow from the next one.
    last_ += std::chrono::milliseconds(1);
    counter_ = random() & counter_start_mask;
  }
  auto id = make_uuid_v7(last_, random(), random());
  id.bytes[6] = static_cast<std::uint8_t>(0x70U | (counter_ >> 8U));
  id.bytes[7] = static_cast<std::uint8_t>(counter_ & 0xFFU);
  return id;
}

uuid fresh_id(const clock_port& clock) noexcept {
  thread_local id_source source;
  return source.next(clock.now());
}

} // namespace orderd::http
