/// UUIDs (RFC 9562): version 7 is made here from a given instant and given randomness, any version is read.
#pragma once

#include "domain/time.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace orderd {

struct uuid {
  std::array<std::uint8_t, 16> bytes{};

  auto operator<=>(const uuid&) const = default;
  [[nodiscard]] bool is_nil() const noexcept { return *this == uuid{}; }
};

/// Makes a version 7 UUID: 48 bits of milliseconds, then 74 bits taken from `random`.
[[nodiscard]] uuid make_uuid_v7(timestamp at, std::uint64_t random_high, std::uint64_t random_low) noexcept;

/// Reads the 36-character form, either case. Nothing when malformed.
[[nodiscard]] std::optional<uuid> parse_uuid(std::string_view text) noexcept;

/// The 16 bytes themselves. They live as long as the id.
[[nodiscard]] inline std::string_view bytes_of(const uuid& id) noexcept {
  return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
}
std::string_view bytes_of(const uuid&&) = delete;

/// Appends the 36-character form in lower case.
void append_uuid(std::string& out, const uuid& id);
[[nodiscard]] std::string to_string(const uuid& id);

} // namespace orderd

template <> struct std::hash<orderd::uuid> {
  std::size_t operator()(const orderd::uuid& id) const noexcept {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    std::memcpy(&high, id.bytes.data(), 8);
    std::memcpy(&low, id.bytes.data() + 8, 8);
    // The high half of a version 7 id is mostly a clock; the multiplication spreads it.
    return static_cast<std::size_t>((high * 0x9E3779B97F4A7C15ULL) ^ low);
  }
};
