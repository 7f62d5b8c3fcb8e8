#include "config/rate_table.hpp"

#include "domain/assert.hpp"

#include <algorithm>
#include <bit>
#include <functional>

namespace orderd {

namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

} // namespace

rate_table::rate_table(rate_terms terms, std::size_t callers_max)
    : terms_(terms), refill_ns_(second_ns / static_cast<std::int64_t>(terms.per_second)),
      capacity_ns_(refill_ns_ * static_cast<std::int64_t>(terms.burst)),
      sets_(std::bit_ceil(std::max<std::size_t>(1, callers_max / ways))) {
  ORDERD_ASSERT(terms.per_second >= 1 && terms.per_second <= 1'000'000);
  ORDERD_ASSERT(terms.burst >= 1 && terms.burst <= 10'000'000);
}

rate_table::bucket& rate_table::place_of(bucket_set& among, const uuid& key) noexcept {
  const auto known =
      std::find_if(among.begin(), among.end(), [&](const bucket& each) { return each.key == key; });
  if (known != among.end())
    return *known;
  auto& fullest = *std::min_element(among.begin(), among.end(), [](const bucket& a, const bucket& b) {
    return a.full_at_ns < b.full_at_ns;
  });
  fullest = {key, 0};
  return fullest;
}

rate_standing rate_table::take(const uuid& key, timestamp now) noexcept {
  const std::int64_t now_ns = std::chrono::nanoseconds{now.time_since_epoch()}.count();
  const auto number = std::hash<uuid>{}(key) & (sets_.size() - 1);
  std::int64_t full_at = 0;
  rate_standing stands;
  {
    const std::lock_guard guard(mutexes_[number % stripes]);
    auto& its = place_of(sets_[number], key);
    // It is never further from being full than empty, unless the time has stepped back.
    full_at = std::clamp(its.full_at_ns, now_ns, now_ns + capacity_ns_);
    stands.passes = full_at + refill_ns_ <= now_ns + capacity_ns_;
    if (stands.passes)
      full_at += refill_ns_;
    its.full_at_ns = full_at;
  }
  const auto owed_ns = full_at - now_ns;
  stands.limit = terms_.burst;
  stands.remaining = static_cast<std::uint64_t>((capacity_ns_ - owed_ns) / refill_ns_);
  stands.reset_after = std::chrono::seconds{(owed_ns + second_ns - 1) / second_ns};
  stands.window = std::chrono::seconds{(capacity_ns_ + second_ns - 1) / second_ns};
  return stands;
}

} // namespace orderd
