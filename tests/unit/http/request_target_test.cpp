#include "http/request_target.hpp"

#include <boost/test/unit_test.hpp>

using orderd::http::is_host_value;
using orderd::http::parse_request_target;

BOOST_AUTO_TEST_SUITE(request_target)

BOOST_AUTO_TEST_CASE(origin_form_is_split_at_the_first_question_mark) {
  const auto target = parse_request_target("/a/b%20c?x=1?y", false);
  BOOST_REQUIRE(target);
  BOOST_TEST(target->path == "/a/b%20c");
  BOOST_TEST(target->query == "x=1?y");
}

BOOST_AUTO_TEST_CASE(absolute_form_loses_its_authority) {
  for (const auto* text : {"http://shop.test:80/a?b", "HTTPS://[::1]/a?b"}) {
    const auto target = parse_request_target(text, false);
    BOOST_REQUIRE(target);
    BOOST_TEST(target->path == "/a");
    BOOST_TEST(target->query == "b");
  }
  const auto bare = parse_request_target("http://shop.test", false);
  BOOST_REQUIRE(bare);
  BOOST_TEST(bare->path.empty());
  const auto only_query = parse_request_target("http://shop.test?b", false);
  BOOST_REQUIRE(only_query);
  BOOST_TEST(only_query->path.empty());
  BOOST_TEST(only_query->query == "b");
}

BOOST_AUTO_TEST_CASE(asterisk_is_the_root_only_where_allowed) {
  BOOST_REQUIRE(parse_request_target("*", true));
  BOOST_TEST(parse_request_target("*", true)->path.empty());
  BOOST_TEST(!parse_request_target("*", false));
}

BOOST_AUTO_TEST_CASE(other_forms_and_fragments_are_refused) {
  for (const auto* text : {"", "a", "shop.test:443", "http://", "http:///a", "http://a b/", "ftp://a/b",
                           "http://user@host/a", "/a#b", "http"})
    BOOST_TEST(!parse_request_target(text, false), text);
}

BOOST_AUTO_TEST_CASE(escapes_must_be_whole_and_decode_to_utf8) {
  for (const auto* text : {"/%C3%A9", "/%E2%82%AC", "/%F0%9F%98%80", "/%f4%8f%bf%bf", "/%ED%9F%BF", "/%7f",
                           "/%41%42%43%44%45", "/%C3%A9%C3%A9%41%E2%82%AC"})
    BOOST_TEST(parse_request_target(text, false).has_value(), text);
  for (const auto* text :
       {"/%", "/%4", "/%zz", "/%00", "/%ff", "/%C3", "/%C3/%A9", "/%C0%80", "/%E0%80%80", "/%ED%A0%80",
        "/%F4%90%80%80", "/%F5%80%80%80", "/a?b=%E2%82", "/%A9", "/%41%zz", "/%C3%A9%C3", "/%41%00"})
    BOOST_TEST(!parse_request_target(text, false), text);
}

BOOST_AUTO_TEST_CASE(raw_bytes_must_be_printable_ascii) {
  BOOST_TEST(!parse_request_target("/\xC3\xA9", false));
  BOOST_TEST(!parse_request_target("/a b", false));
  BOOST_TEST(!parse_request_target("/a\tb", false));
  BOOST_TEST(!parse_request_target(std::string_view("/a\0b", 4), false));
  BOOST_TEST(!parse_request_target("/a\x7F", false));
}

BOOST_AUTO_TEST_CASE(host_values_name_one_host) {
  for (const auto* text : {"", "shop.test", "shop.test:8080", "127.0.0.1", "[::1]:80"})
    BOOST_TEST(is_host_value(text), text);
  for (const auto* text : {"a b", "a,b", "a/b", "a@b", "a\tb", "<a>", "a\"b"})
    BOOST_TEST(!is_host_value(text), text);
}

BOOST_AUTO_TEST_SUITE_END()
