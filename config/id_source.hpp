/// Fresh version 7 UUIDs.
#pragma once

#include "config/clock.hpp"
#include "domain/uuid.hpp"

namespace orderd {

/// A new id. Ids of one thread ascend, also within a millisecond and when the clock steps back; ids of
/// different threads differ by 62 bits of randomness, seeded from the operating system. Any thread.
[[nodiscard]] uuid fresh_id(const clock_port& clock);

} // namespace orderd
