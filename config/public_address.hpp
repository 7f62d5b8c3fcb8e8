/// Which addresses lie in the public internet: what a stranger names must not reach into the own network.
/// Pure.
#pragma once

#include "config/ip_network.hpp"

namespace orderd {

/// Whether the address is one of the public internet. False for all that IANA keeps for something else:
/// loopback, private and shared networks, link-local and unique-local ones, multicast, broadcast,
/// documentation, benchmarks, tunnels of Teredo, and whatever is not given out. An address that carries an
/// IPv4 address (mapped, 6to4, NAT64) is as public as that.
[[nodiscard]] bool is_public_address(const ip_address& address);

} // namespace orderd
