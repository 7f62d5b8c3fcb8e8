/// Fresh ids without a lock: every thread has a generator of its own.
#pragma once

#include "config/clock.hpp"
#include "domain/uuid.hpp"

#include <cstdint>

namespace orderd::http {

/// xoshiro256** seeded from the system. Ids are unique by 62 random bits a millisecond and ascend within one
/// thread, also when the clock stands still or is set back. Not secret: an id grants nothing. One a thread.
class id_source {
 public:
  id_source();
  [[nodiscard]] uuid next(timestamp now) noexcept;

 private:
  std::uint64_t random() noexcept;

  std::uint64_t state_[4];
  timestamp last_{};
  std::uint64_t counter_ = 0; ///< the 12 bits behind the milliseconds
};

/// From the generator of the calling thread.
[[nodiscard]] uuid fresh_id(const clock_port& clock) noexcept;

} // namespace orderd::http
