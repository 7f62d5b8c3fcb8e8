#include "http/response_writer.hpp"

#include <boost/test/unit_test.hpp>

using namespace orderd::http;

namespace {

std::string written(const response& answer, connection_field says = connection_field::none,
                    bool head_only = false) {
  std::string out;
  append_response(out, answer, "DATE", says, head_only);
  return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(response_writing)

BOOST_AUTO_TEST_CASE(an_answer_is_framed_by_its_length) {
  BOOST_TEST(written({200, "text/plain", {{"A", "b"}, {"C", "d"}}, "hello"}) ==
             "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nDate: DATE\r\n"
             "A: b\r\nC: d\r\n\r\nhello");
}

BOOST_AUTO_TEST_CASE(the_connection_field_is_written_where_it_says_something) {
  BOOST_TEST(written({404, "", {}, ""}, connection_field::close) ==
             "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nDate: DATE\r\nConnection: close\r\n\r\n");
  BOOST_TEST(written({404, "", {}, ""}, connection_field::keep_alive) ==
             "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nDate: DATE\r\nConnection: keep-alive\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(a_head_keeps_the_length_of_the_body_it_leaves_out) {
  BOOST_TEST(written({200, "a/b", {}, "hello"}, connection_field::none, true) ==
             "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 5\r\nDate: DATE\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(statuses_without_a_body_never_carry_one) {
  for (const int status : {204, 304}) {
    const auto text = written({status, "a/b", {}, "hello"});
    BOOST_TEST(text.find("Content-") == std::string::npos);
    BOOST_TEST(text.substr(text.size() - 4) == "\r\n\r\n");
  }
}

BOOST_AUTO_TEST_CASE(a_status_without_a_name_is_still_a_status_line) {
  BOOST_TEST(written({299, "", {}, ""}).substr(0, 15) == "HTTP/1.1 299 \r\n");
}

BOOST_AUTO_TEST_CASE(the_head_of_a_stream_has_no_length_and_says_that_the_connection_closes) {
  const response head{200, "text/event-stream", {{"A", "b"}}, "not this"};
  std::string chunked;
  append_stream_head(chunked, head, "DATE", true);
  BOOST_TEST(chunked == "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n"
                        "Date: DATE\r\nConnection: close\r\nA: b\r\n\r\n");
  std::string plain;
  append_stream_head(plain, head, "DATE", false);
  BOOST_TEST(plain == "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nDate: DATE\r\n"
                      "Connection: close\r\nA: b\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(control_characters_in_a_field_become_spaces) {
  const auto text = written({200, "a/b", {{"A\n", std::string("b\r\n\0\x7f\tc", 7)}}, ""});
  BOOST_TEST(text.find("A : b    \tc\r\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_date_has_the_form_that_http_demands) {
  date_clock clock;
  const std::string date(clock.now());
  BOOST_REQUIRE(date.size() == 29U);
  BOOST_TEST(date.substr(3, 2) == ", ");
  BOOST_TEST(date.substr(25) == " GMT");
  BOOST_TEST(std::string(clock.now()).size() == 29U);
}

BOOST_AUTO_TEST_SUITE_END()
