#include "config/ip_network.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

using namespace orderd;

namespace {

bool lies_in(std::string_view address, std::string_view network) {
  const auto read = ip_network::parse(network);
  BOOST_REQUIRE_MESSAGE(read.has_value(), network);
  const auto one = parse_ip_address(address);
  BOOST_REQUIRE_MESSAGE(one.has_value(), address);
  return read->contains(*one);
}

} // namespace

BOOST_AUTO_TEST_SUITE(ip_networks)

BOOST_AUTO_TEST_CASE(a_network_ends_where_its_prefix_says) {
  BOOST_TEST(lies_in("10.0.0.1", "10.0.0.1"));
  BOOST_TEST(!lies_in("10.0.0.2", "10.0.0.1"));
  BOOST_TEST(lies_in("127.255.255.255", "127.0.0.0/8"));
  BOOST_TEST(!lies_in("128.0.0.0", "127.0.0.0/8"));
  BOOST_TEST(!lies_in("126.255.255.255", "127.0.0.0/8"));
  BOOST_TEST(lies_in("10.1.191.255", "10.1.128.0/18"));
  BOOST_TEST(!lies_in("10.1.192.0", "10.1.128.0/18"));
  BOOST_TEST(lies_in("192.0.2.3", "192.0.2.2/31"));
  BOOST_TEST(!lies_in("192.0.2.4", "192.0.2.2/31"));
  BOOST_TEST(lies_in("2001:db8::ffff", "2001:db8::/64"));
  BOOST_TEST(!lies_in("2001:db8:0:1::", "2001:db8::/64"));
  BOOST_TEST(lies_in("2001:db8:0:7::", "2001:db8:0:4::/62"));
  BOOST_TEST(!lies_in("2001:db8:0:8::", "2001:db8:0:4::/62"));
  BOOST_TEST(lies_in("::1", "::1"));
  BOOST_TEST(!lies_in("::2", "::1/128"));
}

BOOST_AUTO_TEST_CASE(everything_is_everything_of_its_own_kind) {
  BOOST_TEST(lies_in("203.0.113.9", "0.0.0.0/0"));
  BOOST_TEST(!lies_in("::1", "0.0.0.0/0"));
  BOOST_TEST(lies_in("2001:db8::1", "::/0"));
  BOOST_TEST(!lies_in("203.0.113.9", "::/0"));
  BOOST_TEST(!lies_in("::ffff:203.0.113.9", "::/0"));
}

BOOST_AUTO_TEST_CASE(an_ipv4_address_inside_an_ipv6_one_is_the_ipv4_address) {
  BOOST_TEST(lies_in("::ffff:127.0.0.1", "127.0.0.0/8"));
  BOOST_TEST(lies_in("127.0.0.1", "::ffff:127.0.0.0/104"));
  BOOST_TEST(lies_in("10.0.0.1", "::ffff:10.0.0.1"));
  BOOST_TEST(!lies_in("10.0.0.2", "::ffff:10.0.0.1"));
  BOOST_TEST(!lies_in("::7f00:1", "127.0.0.0/8"));
}

BOOST_AUTO_TEST_CASE(what_is_no_network_is_refused) {
  for (const std::string_view text : {"",
                                      "/",
                                      "/8",
                                      "localhost",
                                      "10.0.0.0/",
                                      "10.0.0.0/33",
                                      "10.0.0.0/-1",
                                      "10.0.0.0/+8",
                                      "10.0.0.0/8/8",
                                      "10.0.0.0 /8",
                                      "10.0.0/8",
                                      "10.0.0.7/8",
                                      "10.0.0.1/31",
                                      "::1/127",
                                      "::1/129",
                                      "[::1]",
                                      "fe80::1%eth0",
                                      "::ffff:10.0.0.0/95",
                                      "::ffff:10.0.0.0/8",
                                      "10.0.0.0/4294967304",
                                      "256.0.0.1"})
    BOOST_TEST(!ip_network::parse(text), text);
  BOOST_TEST(!ip_network::parse(std::string(1000, '1')));
  BOOST_TEST(!ip_network::parse(std::string_view("::1\0", 4)));
}

BOOST_AUTO_TEST_SUITE_END()
