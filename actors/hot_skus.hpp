/// Which stock items are asked for the most of late, in bounded memory however many there are.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace orderd {

/// One of the busiest stock items. What happened counts half after `hot_sku_sketch::half_life`, a quarter
/// after two, and so on.
struct hot_sku {
  std::string sku;
  double requests = 0;     ///< at least so many, reads and lines of orders included
  double refusals = 0;     ///< of these, for want of units
  double wait_seconds = 0; ///< mean, from the engine's door to the item
  double waiting = 0;      ///< mean number of requests on that way

  bool operator==(const hot_sku&) const = default;
};

/// Space-Saving (Metwally, Agrawal, El Abbadi 2005) with counts that fade. Any thread; each call holds a lock
/// for a moment, so there is one sketch for each shard of items. About 7 KiB, beside long SKUs.
///
/// With N for all requests of late and `places` = m: an item with more than N/m of them is surely among the
/// places; what is told of an item is never more than what it had, and less by N/m at most. (The time of a
/// request is taken in steps of 100 ms, which adds 0.3 %.)
class hot_sku_sketch {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  static constexpr std::size_t places = 64;
  static constexpr std::chrono::seconds half_life{30};

  /// Kept by who notes requests to one item: where the sketch had it the last time, to save the search.
  class finder {
   public:
    explicit finder(const std::string& sku) noexcept : key_(std::hash<std::string>{}(sku)) {}

   private:
    friend class hot_sku_sketch;
    std::uint64_t key_;
    std::size_t place_ = 0;
  };

  /// A request reaches `sku` at `now`, after a wait of `waited`. `of`: the item's own.
  void note(finder& of, const std::string& sku, time_point now, std::chrono::nanoseconds waited);
  /// The request that was noted last with `of` is refused for want of units.
  void note_refusal(const finder& of, const std::string& sku);

  /// Adds those places to `into` that stand for half a request at least.
  void append_to(std::vector<hot_sku>& into, time_point now) const;

 private:
  struct place {
    std::string sku;
    time_point since;   ///< when it came to this place
    double surplus = 0; ///< what its count took over from the one before, at most
    double refusals = 0;
    double waited = 0; ///< seconds, of all requests since
  };

  [[nodiscard]] bool is_at(std::size_t place, const finder& of, const std::string& sku) const;
  [[nodiscard]] std::size_t place_of(finder& of, const std::string& sku, time_point now);
  void weigh(time_point now) noexcept;
  [[nodiscard]] static double half_lives(time_point from, time_point to) noexcept;

  mutable std::mutex mutex_;
  std::size_t used_ = 0;
  std::array<std::uint64_t, places> keys_{};
  std::array<double, places> counts_{}; ///< as all sums here: in units of what counts 1 at `origin_`
  std::array<place, places> places_;
  time_point origin_{};
  time_point weighed_at_{};
  double weight_ = 1; ///< of a request now
};

/// The `most` busiest of all items, the busiest first. Each item is noted by one sketch alone, so this adds
/// nothing to the error.
[[nodiscard]] std::vector<hot_sku> hottest(std::span<const std::unique_ptr<hot_sku_sketch>> sketches,
                                           std::size_t most, hot_sku_sketch::time_point now);

} // namespace orderd
