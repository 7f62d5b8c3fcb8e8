#include "config/public_address.hpp"

#include "domain/assert.hpp"

#include <algorithm>
#include <vector>

namespace orderd {

namespace {

using networks = std::vector<ip_network>;

[[nodiscard]] networks parse_all(std::initializer_list<std::string_view> texts) {
  networks all;
  for (const auto text : texts) {
    const auto one = ip_network::parse(text);
    ORDERD_ASSERT(one.has_value());
    all.push_back(*one);
  }
  return all;
}

[[nodiscard]] bool lies_in(const networks& all, const ip_address& address) {
  return std::any_of(all.begin(), all.end(), [&](const ip_network& each) { return each.contains(address); });
}

/// IANA's registry of special IPv4 addresses, and what is multicast or not given out.
[[nodiscard]] const networks& special_v4() {
  static const networks all = parse_all({
      "0.0.0.0/8",       // this network
      "10.0.0.0/8",      // private
      "100.64.0.0/10",   // shared behind a carrier's NAT
      "127.0.0.0/8",     // loopback
      "169.254.0.0/16",  // link-local; clouds tell secrets at 169.254.169.254
      "172.16.0.0/12",   // private
      "192.0.0.0/24",    // protocol assignments
      "192.0.2.0/24",    // documentation
      "192.88.99.0/24",  // once the relays of 6to4
      "192.168.0.0/16",  // private
      "198.18.0.0/15",   // benchmarks
      "198.51.100.0/24", // documentation
      "203.0.113.0/24",  // documentation
      "224.0.0.0/4",     // multicast
      "240.0.0.0/4",     // kept back; the last one is broadcast
  });
  return all;
}

/// What is not public inside of 2000::/3, the only part of IPv6 that is given out for the internet.
[[nodiscard]] const networks& special_v6() {
  static const networks all = parse_all({
      "2001::/23",     // protocol assignments: Teredo, benchmarks, ORCHID
      "2001:db8::/32", // documentation
      "3fff::/20",     // documentation
  });
  return all;
}

/// The four bytes from `first` on as an address of their own.
[[nodiscard]] ip_address carried_v4(const ip_address& address, std::size_t first) {
  ip_address inner;
  inner.is_v4 = true;
  std::copy_n(address.bytes.begin() + static_cast<std::ptrdiff_t>(first), 4, inner.bytes.begin());
  return inner;
}

} // namespace

bool is_public_address(const ip_address& address) {
  static const networks given_out = parse_all({"2000::/3"});
  static const networks six_to_four = parse_all({"2002::/16"});
  static const networks nat64 = parse_all({"64:ff9b::/96"});
  constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (address.is_v4)
    return !lies_in(special_v4(), address);
  if (std::equal(mapped.begin(), mapped.end(), address.bytes.begin()) || lies_in(nat64, address))
    return is_public_address(carried_v4(address, 12));
  if (lies_in(six_to_four, address))
    return is_public_address(carried_v4(address, 2));
  return lies_in(given_out, address) && !lies_in(special_v6(), address);
}

} // namespace orderd
