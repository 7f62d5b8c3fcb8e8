/// Values in PostgreSQL's binary format: big-endian integers, and instants from an epoch of its own.
#pragma once

#include "domain/time.hpp"

#include <concepts>
#include <cstdint>
#include <limits>
#include <string>

namespace orderd::postgres_binary {

/// Writes the bytes of an integer, highest first, to `out`.
template <std::integral Integer> void put(char* out, Integer value) noexcept {
  for (std::size_t i = 0; i < sizeof value; ++i)
    out[i] = static_cast<char>(value >> (8 * (sizeof value - 1 - i)));
}

template <std::integral Integer> void append(std::string& out, Integer value) {
  char bytes[sizeof value];
  put(bytes, value);
  out.append(bytes, sizeof bytes);
}

/// Reads `bytes` bytes (1, 2, 4 or 8) as a signed integer.
[[nodiscard]] inline std::int64_t get(const char* from, std::size_t bytes) noexcept {
  std::uint64_t value = (from[0] & 0x80) != 0 ? std::numeric_limits<std::uint64_t>::max() : 0;
  for (std::size_t i = 0; i < bytes; ++i)
    value = (value << 8U) | static_cast<std::uint8_t>(from[i]);
  return static_cast<std::int64_t>(value);
}

/// Microseconds since 2000-01-01 UTC. The largest and the smallest number stand for the infinities.
[[nodiscard]] std::int64_t from_timestamp(timestamp at) noexcept;
/// Rounded down to milliseconds; the infinities are the largest and the smallest instant.
[[nodiscard]] timestamp to_timestamp(std::int64_t microseconds) noexcept;

} // namespace orderd::postgres_binary
