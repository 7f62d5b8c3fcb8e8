#include "config/public_address.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string_view>

using namespace orderd;

namespace {

bool is_public(std::string_view text) {
  const auto address = parse_ip_address(text);
  BOOST_REQUIRE_MESSAGE(address.has_value(), text);
  return is_public_address(*address);
}

} // namespace

BOOST_AUTO_TEST_SUITE(public_addresses)

BOOST_AUTO_TEST_CASE(hosts_of_the_internet_are_public) {
  for (const std::string_view text :
       {"1.1.1.1", "8.8.8.8", "93.184.216.34", "223.255.255.255", "2606:4700:4700::1111", "2a00:1450:4001::1",
        "2001:4860:4860::8888", "2001:200::1", "3ffe:ffff::1"})
    BOOST_TEST(is_public(text), text);
}

BOOST_AUTO_TEST_CASE(special_ipv4_networks_are_not_public_from_their_first_to_their_last_address) {
  for (const std::string_view text :
       {"0.0.0.0",         "0.255.255.255",   "10.0.0.0",       "10.255.255.255",  "100.64.0.0",
        "100.127.255.255", "127.0.0.0",       "127.0.0.1",      "127.255.255.255", "169.254.0.0",
        "169.254.169.254", "169.254.255.255", "172.16.0.0",     "172.31.255.255",  "192.0.0.0",
        "192.0.0.255",     "192.0.2.0",       "192.0.2.255",    "192.88.99.0",     "192.88.99.255",
        "192.168.0.0",     "192.168.255.255", "198.18.0.0",     "198.19.255.255",  "198.51.100.0",
        "198.51.100.255",  "203.0.113.0",     "203.0.113.255",  "224.0.0.0",       "239.255.255.255",
        "240.0.0.0",       "255.255.255.254", "255.255.255.255"})
    BOOST_TEST(!is_public(text), text);
}

BOOST_AUTO_TEST_CASE(the_neighbours_of_special_ipv4_networks_are_public) {
  for (const std::string_view text :
       {"1.0.0.0",     "9.255.255.255",   "11.0.0.0",    "100.63.255.255", "100.128.0.0",  "126.255.255.255",
        "128.0.0.0",   "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0",   "191.255.255.255",
        "192.0.1.0",   "192.0.1.255",     "192.0.3.0",   "192.88.98.255",  "192.88.100.0", "192.167.255.255",
        "192.169.0.0", "198.17.255.255",  "198.20.0.0",  "198.51.99.255",  "198.51.101.0", "203.0.112.255",
        "203.0.114.0", "223.255.255.255"})
    BOOST_TEST(is_public(text), text);
}

BOOST_AUTO_TEST_CASE(special_ipv6_networks_are_not_public) {
  for (const std::string_view text : {"::",
                                      "::1",
                                      "::8.8.8.8",
                                      "100::1",
                                      "1fff::1",
                                      "4000::1",
                                      "5f00::1",
                                      "fc00::1",
                                      "fd12:3456::1",
                                      "fe80::1",
                                      "febf::1",
                                      "fec0::1",
                                      "ff02::1",
                                      "ff0e::1",
                                      "2001::1",
                                      "2001:0:8:8::1",
                                      "2001:2::1",
                                      "2001:10::1",
                                      "2001:20::1",
                                      "2001:1ff:ffff::1",
                                      "2001:db8::1",
                                      "2001:db8:ffff::1",
                                      "3fff::1",
                                      "3fff:fff:ffff::1",
                                      "64:ff9b:1::8.8.8.8"})
    BOOST_TEST(!is_public(text), text);
}

BOOST_AUTO_TEST_CASE(an_address_that_carries_an_ipv4_address_is_as_public_as_that) {
  for (const std::string_view text : {"::ffff:127.0.0.1", "::ffff:10.1.2.3", "::ffff:169.254.169.254",
                                      "64:ff9b::7f00:1", "64:ff9b::10.0.0.1", "64:ff9b::192.168.1.1",
                                      "2002:7f00:1::1", "2002:a00:1::", "2002:c0a8:101::1", "2002:6440:1::1"})
    BOOST_TEST(!is_public(text), text);
  for (const std::string_view text : {"::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1"})
    BOOST_TEST(is_public(text), text);
}

BOOST_AUTO_TEST_CASE(a_mapped_address_that_was_not_read_from_text_is_judged_by_what_it_carries) {
  ip_address address;
  address.bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1};
  BOOST_TEST(!is_public_address(address));
  std::fill(address.bytes.begin() + 12, address.bytes.end(), std::uint8_t{8});
  BOOST_TEST(is_public_address(address));
}

BOOST_AUTO_TEST_SUITE_END()
