#include "actors/injected_errors.hpp"

#include "config/log.hpp"
#include "domain/assert.hpp"

#include <algorithm>
#include <string>

namespace orderd {

namespace {

[[nodiscard]] std::size_t place_of(std::string_view step) noexcept {
  const auto found = std::find(injected_steps.begin(), injected_steps.end(), step);
  ORDERD_ASSERT(found != injected_steps.end());
  return static_cast<std::size_t>(found - injected_steps.begin());
}

} // namespace

injected_errors::injected_errors(double rate, std::uint32_t seed) : rate_(rate) {
  ORDERD_ASSERT(rate >= 0 && rate <= 1);
  if (rate_ <= 0)
    return;
  while (seed == 0)
    seed = std::random_device{}();
  random_.seed(seed);
  log::warn("steps of orders are made to fail, as ERROR_RATE says", {{"rate", rate_}, {"seed", seed}});
}

bool injected_errors::strikes(std::string_view step, const uuid& order) noexcept {
  const auto place = place_of(step);
  if (rate_ <= 0 || !draw())
    return false;
  counts_[place].fetch_add(1, std::memory_order_relaxed);
  log::warn("a step was made to fail", {{"order_id", to_string(order)}, {"step", step}});
  return true;
}

std::uint64_t injected_errors::count(std::string_view step) const noexcept {
  return counts_[place_of(step)].load(std::memory_order_relaxed);
}

bool injected_errors::draw() noexcept {
  const std::lock_guard lock{mutex_};
  // 53 random bits: every double of [0, 1) that is a multiple of 2^-53 is as likely.
  constexpr double step = 1.0 / static_cast<double>(std::uint64_t{1} << 53U);
  return static_cast<double>(random_() >> 11U) * step < rate_;
}

} // namespace orderd
