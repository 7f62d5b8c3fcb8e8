/// HMAC (RFC 2104) with SHA-256: proves to whoever has the same key that bytes come from here. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace orderd {

/// The key has any length. Without memory for it the process ends.
[[nodiscard]] std::array<std::uint8_t, 32> hmac_sha256(std::string_view key, std::string_view bytes);

} // namespace orderd
