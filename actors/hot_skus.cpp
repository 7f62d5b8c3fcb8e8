#include "actors/hot_skus.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace orderd {

namespace {

constexpr std::chrono::milliseconds weigh_interval{100};
/// Weights double with each half-life; from here on all is counted in larger units.
constexpr double half_lives_max = 32;

[[nodiscard]] double seconds(std::chrono::nanoseconds time) noexcept {
  return std::chrono::duration<double>(time).count();
}

} // namespace

double hot_sku_sketch::half_lives(time_point from, time_point to) noexcept {
  return std::max(seconds(to - from), 0.0) / seconds(half_life);
}

void hot_sku_sketch::weigh(time_point now) noexcept {
  if (used_ > 0 && now - weighed_at_ < weigh_interval)
    return;
  const auto passed = used_ > 0 ? half_lives(origin_, now) : 0;
  weighed_at_ = now;
  if (used_ > 0 && passed <= half_lives_max) {
    weight_ = std::exp2(passed);
    return;
  }
  const auto faded = std::exp2(-passed);
  for (std::size_t i = 0; i < used_; ++i) {
    counts_[i] *= faded;
    places_[i].surplus *= faded;
    places_[i].refusals *= faded;
    places_[i].waited *= faded;
  }
  origin_ = now;
  weight_ = 1;
}

bool hot_sku_sketch::is_at(std::size_t place, const finder& of, const std::string& sku) const {
  return place < used_ && keys_[place] == of.key_ && places_[place].sku == sku;
}

std::size_t hot_sku_sketch::place_of(finder& of, const std::string& sku, time_point now) {
  if (is_at(of.place_, of, sku))
    return of.place_;
  for (std::size_t i = 0; i < used_; ++i)
    if (is_at(i, of, sku))
      return of.place_ = i;
  auto i = used_;
  if (used_ < places)
    ++used_;
  else
    i = static_cast<std::size_t>(std::min_element(counts_.begin(), counts_.end()) - counts_.begin());
  keys_[i] = of.key_;
  auto& taken = places_[i];
  taken.sku = sku;
  taken.since = now;
  taken.surplus = counts_[i];
  taken.refusals = 0;
  taken.waited = 0;
  return of.place_ = i;
}

void hot_sku_sketch::note(finder& of, const std::string& sku, time_point now,
                          std::chrono::nanoseconds waited) {
  const std::lock_guard lock{mutex_};
  weigh(now);
  const auto i = place_of(of, sku, now);
  counts_[i] += weight_;
  places_[i].waited += weight_ * std::max(seconds(waited), 0.0);
}

void hot_sku_sketch::note_refusal(const finder& of, const std::string& sku) {
  const std::lock_guard lock{mutex_};
  // Another item may have taken the place meanwhile.
  if (is_at(of.place_, of, sku))
    places_[of.place_].refusals += weight_;
}

void hot_sku_sketch::append_to(std::vector<hot_sku>& into, time_point now) const {
  const std::lock_guard lock{mutex_};
  const auto scale = std::exp2(-half_lives(origin_, std::max(now, weighed_at_)));
  for (std::size_t i = 0; i < used_; ++i) {
    const auto& place = places_[i];
    const auto sure = counts_[i] - place.surplus;
    if (sure * scale < 0.5)
      continue;
    // Little's law: the mean number on the way is how many come a second times how long each takes. So many
    // seconds' worth of requests are in the sums.
    const auto window = seconds(half_life) / std::numbers::ln2 *
                        (1 - std::exp2(-std::max(half_lives(place.since, now), 1 / seconds(half_life))));
    into.push_back({place.sku, sure * scale, place.refusals * scale, place.waited / sure,
                    place.waited * scale / window});
  }
}

std::vector<hot_sku> hottest(std::span<const std::unique_ptr<hot_sku_sketch>> sketches, std::size_t most,
                             hot_sku_sketch::time_point now) {
  std::vector<hot_sku> all;
  for (const auto& sketch : sketches)
    sketch->append_to(all, now);
  const auto kept = static_cast<std::ptrdiff_t>(std::min(most, all.size()));
  std::partial_sort(all.begin(), all.begin() + kept, all.end(), [](const hot_sku& a, const hot_sku& b) {
    return a.requests != b.requests ? a.requests > b.requests : a.sku < b.sku;
  });
  all.resize(static_cast<std::size_t>(kept));
  return all;
}

} // namespace orderd
