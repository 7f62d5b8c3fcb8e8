/// CRC-32C (Castagnoli), the checksum of journal frames. Pure; any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace orderd {

/// The checksum of `bytes`, continuing from `before`: crc32c(a + b) == crc32c(b, crc32c(a)). Uses the
/// processor's instruction where there is one.
[[nodiscard]] std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0) noexcept;

/// The same by table lookup, on any processor: the fallback, and what tests compare the other with.
[[nodiscard]] std::uint32_t crc32c_by_table(std::string_view bytes, std::uint32_t before = 0) noexcept;

} // namespace orderd
