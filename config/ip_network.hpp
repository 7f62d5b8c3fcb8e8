/// Addresses of the internet protocol and the networks they lie in. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace orderd {

/// Of IPv4 the first 4 bytes count. One inside IPv6 (`::ffff:10.0.0.1`) is the IPv4 address that it stands
/// for: a socket that listens on both shows its IPv4 peers so.
struct ip_address {
  std::array<std::uint8_t, 16> bytes{};
  bool is_v4 = false;

  friend bool operator==(const ip_address&, const ip_address&) = default;
};

/// An IPv4 or IPv6 literal without brackets, port or zone.
[[nodiscard]] std::optional<ip_address> parse_ip_address(std::string_view text) noexcept;

/// An address with all that share its first bits.
class ip_network {
 public:
  /// `10.0.0.0/8`, `fd00::/8`, or one address. Nothing if a bit behind the prefix is set: whoever writes
  /// `10.0.0.7/8` may mean one address or sixteen million.
  [[nodiscard]] static std::optional<ip_network> parse(std::string_view text) noexcept;

  /// No IPv6 network contains an IPv4 address, nor the other way round.
  [[nodiscard]] bool contains(const ip_address& address) const noexcept;

 private:
  ip_network(const ip_address& first, std::size_t prefix_bits) noexcept
      : first_(first), prefix_bits_(prefix_bits) {}

  ip_address first_;
  std::size_t prefix_bits_;
};

} // namespace orderd
