/// How far a change must have come before its answer leaves.
#pragma once

#include <cstdint>

namespace orderd {

/// From the weakest to the strongest: `memory` once it is decided, `journal` once the local journal is
/// synced, `store` once the store has committed it too.
enum class durability_mode : std::uint8_t { memory, journal, store };

} // namespace orderd
