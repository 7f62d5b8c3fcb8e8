#include "tests/unit/http/server_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <iostream>
#include <random>

using namespace orderd::test;
using orderd::http::server_limits;

namespace {

struct hostile {
  const char* what;
  std::string bytes;
  int status;
  std::string code;
};

const std::string line = "POST /echo HTTP/1.1\r\nHost: x\r\n";

const std::string chunked = line + "Transfer-Encoding: chunked\r\n\r\n";

hostile bad(const char* what, std::string bytes) { return {what, std::move(bytes), 400, "bad_request"}; }

std::vector<hostile> malformed_requests() {
  return {
      bad("length and coding", line + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
      bad("coding and length", line + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"),
      bad("two equal lengths", line + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"),
      bad("two lengths", line + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
      bad("list of equal lengths", line + "Content-Length: 3, 3\r\n\r\nabc"),
      bad("signed length", line + "Content-Length: +3\r\n\r\nabc"),
      bad("negative length", line + "Content-Length: -3\r\n\r\nabc"),
      bad("hexadecimal length", line + "Content-Length: 0x3\r\n\r\nabc"),
      bad("empty length", line + "Content-Length:\r\n\r\nabc"),
      bad("length beyond 64 bits", line + "Content-Length: 99999999999999999999999\r\n\r\n"),
      bad("space before colon", "GET /echo HTTP/1.1\r\nHost : x\r\n\r\n"),
      bad("NUL in a value", std::string("GET /echo HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n", 39)),
      bad("NUL in the target", std::string("GET /ec\0ho HTTP/1.1\r\nHost: x\r\n\r\n", 32)),
      bad("bad UTF-8 in the path", get("/echo/%ff%fe")),
      bad("raw bytes in the path", get("/echo/\xC3\xA9")),
      bad("escaped NUL in the path", get("/echo/%00")),
      bad("HTTP/0.9", "GET /echo\r\n"),
      bad("no version", "GET /echo\r\nHost: x\r\n\r\n"),
      bad("no host", "GET /echo HTTP/1.1\r\n\r\n"),
      bad("two hosts", "GET /echo HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n"),
      bad("bad host", "GET /echo HTTP/1.1\r\nHost: x y\r\n\r\n"),
      bad("bare LF", "GET /echo HTTP/1.1\nHost: x\n\n"),
      bad("folded value", "GET /echo HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n"),
      bad("relative target", "GET echo HTTP/1.1\r\nHost: x\r\n\r\n"),
      bad("fragment", get("/echo#a")),
      bad("two spaces", "GET  /echo HTTP/1.1\r\nHost: x\r\n\r\n"),
      bad("coding on 1.0", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
      bad("chunk size without digits", chunked + "\r\nhello\r\n0\r\n\r\n"),
      bad("chunk size prefixed", chunked + "0x5\r\nhello\r\n0\r\n\r\n"),
      bad("negative chunk size", chunked + "-5\r\nhello\r\n0\r\n\r\n"),
      bad("chunk longer than its size", chunked + "4\r\nhello\r\n0\r\n\r\n"),
      bad("chunk size beyond 64 bits", chunked + "fffffffffffffffff\r\nhello\r\n0\r\n\r\n"),
      bad("chunk ended by LF", chunked + "5\nhello\n0\n\n\r\n\r\n"),
      bad("second length in a trailer", chunked + "0\r\nContent-Length: 5\r\n\r\n"),
      bad("TLS", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello", 17)),
  };
}

std::vector<hostile> refused_requests() {
  return {
      {"huge length", line + "Content-Length: 99999999\r\n\r\n", 413, "payload_too_large"},
      {"huge length, expected", line + "Expect: 100-continue\r\nContent-Length: 99999999\r\n\r\n", 413,
       "payload_too_large"},
      {"huge chunk", chunked + "fffffff\r\nhello", 413, "payload_too_large"},
      {"long target", get("/echo" + std::string(3000, 'a')), 414, "uri_too_long"},
      {"many slashes", get(std::string(16'000, '/')), 414, "uri_too_long"},
      {"endless target", "GET /" + std::string(20'000, 'a'), 414, "uri_too_long"},
      {"unknown expectation", line + "Expect: a-miracle\r\nContent-Length: 2\r\n\r\nhi", 417,
       "expectation_failed"},
      {"large field", get("/echo", "A: " + std::string(20'000, 'a') + "\r\n"), 431, "headers_too_large"},
      {"endless head", line + "A: " + std::string(40'000, 'a'), 431, "headers_too_large"},
      {"unknown method", "BREW /echo HTTP/1.1\r\nHost: x\r\n\r\n", 501, "not_implemented"},
      {"lower-case method", "get /echo HTTP/1.1\r\nHost: x\r\n\r\n", 501, "not_implemented"},
      {"tunnel", "CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", 501, "not_implemented"},
      {"trace", "TRACE / HTTP/1.1\r\nHost: x\r\n\r\n", 501, "not_implemented"},
      {"unknown coding", line + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501, "not_implemented"},
      {"identity coding", line + "Transfer-Encoding: identity\r\n\r\n", 501, "not_implemented"},
      {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "http_version_not_supported"},
      {"HTTP/1.2", "GET /echo HTTP/1.2\r\nHost: x\r\n\r\n", 505, "http_version_not_supported"},
  };
}

/// Small things in such numbers that they add up.
std::vector<hostile> piled_up_requests() {
  std::string fields;
  for (int i = 0; i < 200; ++i)
    fields += "A" + std::to_string(i) + ": b\r\n";
  std::string tiny;
  for (int i = 0; i < 500'000; ++i)
    tiny += "1;a\r\nx\r\n";
  return {{"many fields", get("/echo", fields), 431, "headers_too_large"},
          {"many trailers", chunked + "0\r\n" + fields + "\r\n", 431, "headers_too_large"},
          {"long chunk extension", chunked + "1;a=" + std::string(40'000, 'b') + "\r\nx\r\n0\r\n\r\n", 431,
           "headers_too_large"},
          {"endless trailer", chunked + "0\r\nA: " + std::string(40'000, 'b'), 431, "headers_too_large"},
          {"long trailer", chunked + "0\r\nA: " + std::string(100'000, 'b') + "\r\n\r\n", 431,
           "headers_too_large"},
          {"a body of tiny chunks", chunked + tiny, 413, "payload_too_large"}};
}

void check_refusals(const std::vector<hostile>& table) {
  test_server tested;
  for (const auto& one : table) {
    BOOST_TEST_CONTEXT(one.what) {
      auto client = tested.connect();
      // What follows a rejected request must not run as a request of its own.
      client.send(one.bytes + get("/echo/smuggled"));
      const auto answer = client.read_response();
      BOOST_REQUIRE(answer);
      BOOST_TEST(answer->status == one.status);
      BOOST_TEST(answer->header("Content-Type") == "application/problem+json");
      BOOST_TEST(answer->header("Connection") == "close");
      BOOST_TEST(answer->body.substr(0, one.code.size() + 1) == one.code + ":");
      BOOST_TEST(client.read_until_close() == "");
    }
  }
  BOOST_TEST(tested.handled() == 0U);
  BOOST_TEST(tested.is_well());
}

} // namespace

BOOST_AUTO_TEST_SUITE(server_framing)

BOOST_AUTO_TEST_CASE(malformed_requests_get_400_and_nothing_behind_them_runs) {
  check_refusals(malformed_requests());
}

BOOST_AUTO_TEST_CASE(requests_beyond_a_limit_or_unknown_get_their_status_and_nothing_behind_them_runs) {
  check_refusals(refused_requests());
}

BOOST_AUTO_TEST_CASE(many_small_things_are_bounded_in_total) { check_refusals(piled_up_requests()); }

BOOST_AUTO_TEST_CASE(requests_at_the_limits_are_answered) {
  test_server tested;
  auto client = tested.connect();
  const server_limits limits;
  std::string fields;
  for (std::size_t i = 1; i < limits.head_fields_max; ++i)
    fields += "A: b\r\n";
  const auto bare = get("/echo", "A: \r\n").size();
  for (const auto& bytes :
       {get("/echo" + std::string(limits.target_bytes_max - 5, 'a')), get("/echo", fields),
        get("/echo", "A: " + std::string(limits.head_bytes_max - bare, 'a') + "\r\n")}) {
    const auto answer = client.ask(bytes);
    BOOST_REQUIRE(answer);
    BOOST_TEST(answer->status == 200);
  }
}

BOOST_AUTO_TEST_CASE(nothing_runs_behind_a_request_that_closes) {
  test_server tested;
  auto client = tested.connect();
  client.send(get("/echo", "Connection: close\r\n") + get("/echo/behind"));
  BOOST_TEST(client.read_response()->header("Connection") == "close");
  BOOST_TEST(client.read_until_close() == "");
  BOOST_TEST(tested.handled() == 1U);
}

BOOST_AUTO_TEST_CASE(valid_requests_arrive_as_sent) {
  test_server tested;
  const std::vector<std::pair<std::string, std::string>> table = {
      {get("/echo/a%20b?c=d"), "/echo/a%20b?c=d|"},
      {post("/echo", "hello"), "/echo?|hello"},
      {line + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;a=b\r\n world\r\n0\r\nT: x\r\n\r\n",
       "/echo?|hello world"},
      {line + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "/echo?|"},
      {"GET http://shop.test/echo?a HTTP/1.1\r\nHost: shop.test\r\n\r\n", "/echo?a|"},
      {"\r\n\r\n" + get("/echo"), "/echo?|"},
      {post("/echo", std::string(1024 * 1024, 'x')), "/echo?|" + std::string(1024 * 1024, 'x')},
      {get("/echo", "Connection: upgrade\r\nUpgrade: h2c\r\n"), "/echo?|"},
  };
  auto client = tested.connect();
  for (const auto& [bytes, expected] : table) {
    const auto answer = client.ask(bytes);
    BOOST_REQUIRE(answer);
    BOOST_TEST(answer->status == 200);
    BOOST_TEST((answer->body == expected), bytes.substr(0, 100));
  }
}

BOOST_AUTO_TEST_CASE(a_request_sent_byte_by_byte_is_answered) {
  test_server tested;
  auto client = tested.connect();
  for (const auto& bytes : {get("/echo/slow"), post("/echo", "hello"),
                            line + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"}) {
    for (const char c : bytes)
      BOOST_REQUIRE(client.send(std::string(1, c)));
    const auto answer = client.read_response();
    BOOST_REQUIRE(answer);
    BOOST_TEST(answer->status == 200);
  }
}

BOOST_AUTO_TEST_CASE(the_client_is_told_to_continue_once_and_only_if_it_asks) {
  test_server tested;
  auto client = tested.connect();
  const auto head = line + "Expect: 100-Continue\r\nContent-Length: 5\r\n\r\n";
  const auto interim = client.ask(head);
  BOOST_REQUIRE(interim);
  BOOST_TEST(interim->status == 100);
  BOOST_TEST(client.ask("hello")->body == "/echo?|hello");
  // A body that is there already needs no leave, and HTTP/1.0 knows no interim answers.
  BOOST_TEST(client.ask(head + "hello")->status == 200);
  auto old = tested.connect();
  BOOST_TEST(
      old.ask("POST /echo HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello")->status ==
      200);
}

BOOST_AUTO_TEST_CASE(options_of_the_server_itself_is_the_root) {
  test_server tested;
  std::string seen;
  tested.on_request([&seen](const orderd::http::request& asked, orderd::http::responder back) {
    seen = asked.path;
    back.send(test_server::text(""));
  });
  auto client = tested.connect();
  BOOST_TEST(client.ask("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n")->status == 200);
  BOOST_TEST(seen == "/");
}

BOOST_AUTO_TEST_CASE(head_and_body_have_an_absolute_deadline) {
  server_limits limits;
  limits.head_timeout = limits.body_timeout = std::chrono::milliseconds(150);
  test_server tested(limits);
  const std::string half_head = "POST /echo HTTP/1.1\r\nHost: x\r\n";
  for (const auto& [begin, drip] : {std::pair<std::string, std::string>{half_head, "A: b\r\n"},
                                    {half_head + "Content-Length: 100000\r\n\r\n", "x"},
                                    {half_head + "Transfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"}}) {
    auto client = tested.connect();
    client.send(begin);
    // Dripping does not extend the deadline: the answer comes while bytes still arrive.
    for (int sent = 0; sent < 50 && !client.readable(20); ++sent)
      client.send(drip);
    const auto answer = client.read_response();
    BOOST_REQUIRE(answer);
    BOOST_TEST(answer->status == 408);
    BOOST_TEST(answer->body.substr(0, 15) == "request_timeout");
  }
  BOOST_TEST(tested.handled() == 0U);
  BOOST_TEST(tested.is_well());
}

BOOST_AUTO_TEST_CASE(mutated_requests_leave_the_server_well) {
  const char* const given = std::getenv("ORDERD_TEST_SEED");
  const std::uint64_t seed = given ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  std::cout << "ORDERD_TEST_SEED=" << seed << '\n' << std::flush;
  std::mt19937_64 random(seed);
  test_server tested;
  tested.on_request([](const orderd::http::request& asked, orderd::http::responder back) {
    back.send(test_server::text(std::string(asked.path) + "?" + std::string(asked.query) + "|"));
  });
  const std::vector<std::string> valid = {get("/echo?a"), post("/echo", "hello"),
                                          get("/echo", "Connection: close\r\n"),
                                          line + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"};
  for (int round = 0; round < 500; ++round) {
    std::string bytes;
    for (std::size_t i = 0; i < 3; ++i)
      bytes += valid[random() % valid.size()];
    for (std::size_t i = random() % 6; i > 0; --i)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    if (random() % 3 == 0)
      bytes.resize(random() % bytes.size());
    auto client = tested.connect();
    const auto cut = random() % (bytes.size() + 1);
    client.send(bytes.substr(0, cut));
    client.send(bytes.substr(cut));
    if (random() % 4 == 0)
      client.reset();
    else
      client.end_output();
    // Whatever it was, the server comes to an end with it without being waited for.
    if (random() % 2 == 0 && client.is_open())
      BOOST_REQUIRE_NO_THROW(client.read_until_close());
    if (round % 50 == 0)
      BOOST_REQUIRE(tested.is_well());
  }
  BOOST_TEST(tested.is_well());
  wait_until([&] { return tested.server().open_connections() == 0; });
}

BOOST_AUTO_TEST_SUITE_END()
