/// How often each of very many callers may come, in bounded memory.
#pragma once

#include "domain/time.hpp"
#include "domain/uuid.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace orderd {

/// What each caller may do.
struct rate_terms {
  std::uint64_t per_second = 1; ///< in the long run; 1 to 10^6
  std::uint64_t burst = 1;      ///< at once, after a pause; 1 to 10^7
};

/// Whether one more may pass, and where its caller stands then.
struct rate_standing {
  bool passes = true;
  std::uint64_t limit = 0;             ///< the burst
  std::uint64_t remaining = 0;         ///< how many more pass at this moment
  std::chrono::seconds reset_after{0}; ///< until the whole burst passes again, rounded up
  std::chrono::seconds window{0};      ///< from an empty bucket to a full one, rounded up
};

/// A token bucket for each key. The table never grows: where it is full, a new caller takes the place of the
/// one among a few that has come least, who begins anew with a full bucket if it comes again. So many callers
/// can make the limit laxer for others, and never stricter. Any thread; locks one of many stripes for a
/// moment. The time is passed in: where it steps back, no more than one burst is lost.
class rate_table {
 public:
  /// `callers_max` is rounded up to a power of two; 24 bytes each.
  rate_table(rate_terms terms, std::size_t callers_max);

  /// Takes one for `key`, which is a digest: whoever can choose names must not be able to choose keys.
  [[nodiscard]] rate_standing take(const uuid& key, timestamp now) noexcept;

  [[nodiscard]] const rate_terms& terms() const noexcept { return terms_; }

 private:
  static constexpr std::size_t ways = 8;
  static constexpr std::size_t stripes = 64;

  struct bucket {
    uuid key;
    std::int64_t full_at_ns = 0; ///< since 1970; the past: it is full, and as good as none
  };
  using bucket_set = std::array<bucket, ways>;
  [[nodiscard]] static bucket& place_of(bucket_set& among, const uuid& key) noexcept;

  rate_terms terms_;
  std::int64_t refill_ns_;   ///< of one
  std::int64_t capacity_ns_; ///< of the whole burst
  std::vector<bucket_set> sets_;
  std::array<std::mutex, stripes> mutexes_; ///< that of a set is by its number
};

} // namespace orderd
