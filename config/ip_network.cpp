#include "config/ip_network.hpp"

#include "config/setting_kind.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

namespace orderd {

namespace {

constexpr std::size_t v4_bits = 32;
constexpr std::size_t v6_bits = 128;
constexpr std::size_t mapped_bits = v6_bits - v4_bits; ///< in front of an IPv4 address inside an IPv6 one

/// The byte with only those of its bits that lie within the prefix.
[[nodiscard]] std::uint8_t within_prefix(const ip_address& address, std::size_t byte,
                                         std::size_t prefix_bits) noexcept {
  const auto bits = std::min<std::size_t>(prefix_bits - std::min(prefix_bits, 8 * byte), 8);
  return static_cast<std::uint8_t>(address.bytes[byte] & (0xFF00U >> bits));
}

} // namespace

std::optional<ip_address> parse_ip_address(std::string_view text) noexcept {
  // The longest literal, an IPv4 address inside an IPv6 one, has 45 characters.
  std::array<char, 64> terminated{};
  if (text.size() >= terminated.size() || text.find('\0') != std::string_view::npos)
    return std::nullopt;
  std::memcpy(terminated.data(), text.data(), text.size());
  ip_address address;
  in6_addr six{};
  if (inet_pton(AF_INET, terminated.data(), address.bytes.data()) == 1) {
    address.is_v4 = true;
  } else if (inet_pton(AF_INET6, terminated.data(), &six) == 1) {
    address.is_v4 = IN6_IS_ADDR_V4MAPPED(&six);
    const std::size_t skipped = address.is_v4 ? mapped_bits / 8 : 0;
    std::memcpy(address.bytes.data(), six.s6_addr + skipped, sizeof six.s6_addr - skipped);
  } else {
    return std::nullopt;
  }
  return address;
}

std::optional<ip_network> ip_network::parse(std::string_view text) noexcept {
  const auto slash = text.find('/');
  const auto literal = text.substr(0, slash);
  const auto first = parse_ip_address(literal);
  if (!first)
    return std::nullopt;
  const bool mapped = first->is_v4 && literal.find(':') != std::string_view::npos;
  const std::size_t bits = first->is_v4 ? v4_bits : v6_bits;
  const std::size_t skipped = mapped ? mapped_bits : 0;
  std::uint64_t written = skipped + bits;
  if (slash != std::string_view::npos && !parse_whole(text.substr(slash + 1), written))
    return std::nullopt;
  if (written < skipped || written > skipped + bits)
    return std::nullopt;
  const std::size_t prefix_bits = written - skipped;
  for (std::size_t byte = 0; byte < first->bytes.size(); ++byte)
    if (within_prefix(*first, byte, prefix_bits) != first->bytes[byte])
      return std::nullopt;
  return ip_network(*first, prefix_bits);
}

bool ip_network::contains(const ip_address& address) const noexcept {
  if (address.is_v4 != first_.is_v4)
    return false;
  for (std::size_t byte = 0; 8 * byte < prefix_bits_; ++byte)
    if (within_prefix(address, byte, prefix_bits_) != first_.bytes[byte])
      return false;
  return true;
}

} // namespace orderd
