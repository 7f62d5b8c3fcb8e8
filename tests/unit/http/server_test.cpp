#include "domain/uuid.hpp"
#include "http/problem.hpp"
#include "http/server.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/unit/http/server_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <set>

using namespace orderd::test;
using orderd::http::deferred_response;
using orderd::http::request;
using orderd::http::responder;
using orderd::http::response;
using orderd::http::server_limits;

namespace {

/// Notes on which thread it was rendered.
class noting_response final : public deferred_response {
 public:
  explicit noting_response(std::atomic<int>& rendered, std::thread::id& where)
      : rendered_(rendered), where_(where) {}
  response render() noexcept override {
    where_ = std::this_thread::get_id();
    rendered_.fetch_add(1);
    return test_server::text("late");
  }

 private:
  std::atomic<int>& rendered_;
  std::thread::id& where_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(server)

BOOST_AUTO_TEST_CASE(connections_persist_by_default_in_http_1_1) {
  test_server tested;
  auto client = tested.connect();
  for (int i = 0; i < 3; ++i) {
    const auto answer = client.ask(get("/echo"));
    BOOST_REQUIRE(answer);
    BOOST_TEST(answer->status == 200);
    BOOST_TEST(answer->header("Connection") == "");
    BOOST_TEST(answer->header("Content-Length") == "7");
    BOOST_TEST(answer->header("Content-Type") == "text/plain");
    BOOST_TEST(answer->header("Date").size() == 29U);
  }
  BOOST_TEST(client.ask(get("/echo", "Connection: Close\r\n"))->header("Connection") == "close");
  BOOST_TEST(client.read_until_close() == "");
}

BOOST_AUTO_TEST_CASE(http_1_0_closes_unless_asked_to_persist) {
  test_server tested;
  auto client = tested.connect();
  BOOST_TEST(client.ask("GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")->header("Connection") ==
             "keep-alive");
  BOOST_TEST(client.ask("GET /echo HTTP/1.0\r\n\r\n")->header("Connection") == "close");
  BOOST_TEST(client.read_until_close() == "");
}

BOOST_AUTO_TEST_CASE(head_is_get_without_a_body) {
  test_server tested;
  auto client = tested.connect();
  client.send("HEAD /echo HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto answer = client.read_response(true);
  BOOST_REQUIRE(answer);
  BOOST_TEST(answer->header("Content-Length") == "7");
  BOOST_TEST(client.ask(get("/echo"))->body == "/echo?|");
}

BOOST_AUTO_TEST_CASE(answers_without_a_body_have_no_length) {
  test_server tested;
  tested.on_request([](const request&, responder back) { back.send(response{204, "", {}, "dropped"}); });
  auto client = tested.connect();
  for (int i = 0; i < 2; ++i) {
    const auto answer = client.ask(get("/"));
    BOOST_TEST(answer->status == 204);
    BOOST_TEST(answer->header("Content-Length") == "");
  }
}

BOOST_AUTO_TEST_CASE(the_handler_sees_fields_peer_and_padding) {
  test_server tested;
  std::string seen;
  std::size_t padding = 0;
  bool absent = false;
  tested.on_request([&](const request& asked, responder back) {
    seen = std::string(asked.header("x-USER")) + " " + std::string(asked.peer);
    absent = asked.header("X-Us").data() == nullptr && asked.header("Empty").data() != nullptr;
    padding = asked.body_padding_bytes;
    // Reading the room behind the body must be allowed: the address sanitizer watches.
    unsigned sum = 0;
    for (std::size_t i = 0; i < padding; ++i)
      sum += static_cast<unsigned char>(asked.body.data()[asked.body.size() + i]);
    back.send(test_server::text(std::to_string(sum)));
  });
  auto client = tested.connect();
  for (const auto size : {std::size_t{0}, std::size_t{1}, std::size_t{4096}, std::size_t{1} << 20}) {
    client.send("POST / HTTP/1.1\r\nHost: h\r\nX-User: ann\r\nEmpty:\r\nContent-Length: " +
                std::to_string(size) + "\r\n\r\n" + std::string(size, 'a'));
    BOOST_REQUIRE(client.read_response());
    client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nX-User: ann\r\nEmpty: \r\n\r\n" +
                std::string(size == 0 ? "" : "1\r\nx\r\n") + "0\r\n\r\n");
    BOOST_REQUIRE(client.read_response());
    BOOST_TEST(seen == "ann 127.0.0.1");
    BOOST_TEST(absent);
    BOOST_TEST(padding >= 64U);
  }
}

BOOST_AUTO_TEST_CASE(line_breaks_in_header_values_cannot_split_an_answer) {
  test_server tested;
  tested.on_request([](const request&, responder back) {
    back.send(response{200, "text/plain", {{"Location", "/a\r\nSet-Cookie: b"}}, "x"});
  });
  auto client = tested.connect();
  const auto answer = client.ask(get("/"));
  BOOST_TEST(answer->header("Set-Cookie") == "");
  BOOST_TEST(answer->header("Location") == "/a  Set-Cookie: b");
}

BOOST_AUTO_TEST_CASE(pipelined_requests_are_answered_in_order) {
  test_server tested;
  auto client = tested.connect();
  std::string all;
  for (int i = 0; i < 100; ++i)
    all += post("/echo/" + std::to_string(i), std::string(static_cast<std::size_t>(i), 'p'));
  client.send(all);
  for (int i = 0; i < 100; ++i)
    BOOST_TEST(client.read_response()->body ==
               "/echo/" + std::to_string(i) + "?|" + std::string(static_cast<std::size_t>(i), 'p'));
}

BOOST_AUTO_TEST_CASE(pipelined_requests_answered_by_other_threads_keep_their_order) {
  constexpr int clients = 8;
  constexpr int requests = 100;
  struct waiting {
    std::string path;
    responder back;
  };
  std::mutex mutex;
  std::vector<waiting> kept;
  int answered = 0;
  server_limits limits;
  limits.workers = 2;
  test_server tested(limits);
  tested.on_request([&](const request& asked, responder back) {
    const std::lock_guard guarded(mutex);
    kept.push_back({std::string(asked.path), std::move(back)});
  });
  const auto answer_at_random = [&](std::uint64_t seed) {
    std::mt19937_64 random(seed);
    for (;;) {
      waiting one;
      {
        const std::lock_guard guarded(mutex);
        if (answered == clients * requests)
          return;
        if (!kept.empty()) {
          std::swap(kept[random() % kept.size()], kept.back());
          one = std::move(kept.back());
          kept.pop_back();
          ++answered;
        }
      }
      if (one.back)
        one.back.send(test_server::text(one.path));
      else
        std::this_thread::yield();
    }
  };
  std::vector<std::thread> threads;
  for (std::uint64_t seed = 0; seed < 4; ++seed)
    threads.emplace_back(answer_at_random, seed);
  std::vector<raw_client> connected;
  for (int c = 0; c < clients; ++c) {
    connected.push_back(tested.connect());
    std::string all;
    for (int i = 0; i < requests; ++i)
      all += get("/" + std::to_string(c) + "/" + std::to_string(i));
    connected.back().send(all);
  }
  for (int c = 0; c < clients; ++c)
    for (int i = 0; i < requests; ++i)
      BOOST_TEST(connected[static_cast<std::size_t>(c)].read_response()->body ==
                 "/" + std::to_string(c) + "/" + std::to_string(i));
  for (auto& thread : threads)
    thread.join();
}

BOOST_AUTO_TEST_CASE(a_late_answer_never_reaches_the_next_client_on_the_same_descriptor) {
  test_server tested;
  for (int round = 0; round < 20; ++round) {
    auto gone = tested.connect();
    gone.send(get("/kept"));
    auto late = tested.take_pending();
    gone.reset();
    wait_until([&] { return tested.server().open_connections() == 0; });
    auto next = tested.connect();
    next.send(get("/kept"));
    auto proper = tested.take_pending();
    late.send(test_server::text("for the one who left"));
    proper.send(test_server::text("for the one who waits"));
    BOOST_TEST(next.read_response()->body == "for the one who waits");
    BOOST_TEST(next.ask(get("/echo"))->body == "/echo?|");
  }
}

BOOST_AUTO_TEST_CASE(a_dropped_responder_answers_503) {
  test_server tested;
  auto client = tested.connect();
  for (const auto* path : {"/drop", "/throw"}) {
    const auto answer = client.ask(get(path));
    BOOST_REQUIRE(answer);
    BOOST_TEST(answer->status == 503);
    BOOST_TEST(answer->body.substr(0, 10) == "overloaded");
  }
  client.send(get("/kept"));
  { const auto dropped = tested.take_pending(); }
  BOOST_TEST(client.read_response()->status == 503);
  // Assigning over a responder drops the one that was there.
  client.send(get("/kept"));
  auto assigned = tested.take_pending();
  assigned = responder();
  BOOST_TEST(!assigned);
  BOOST_TEST(client.read_response()->status == 503);
  BOOST_TEST(client.ask(get("/echo"))->status == 200);
}

BOOST_AUTO_TEST_CASE(a_deferred_answer_is_rendered_by_the_worker_and_only_for_a_client_that_waits) {
  test_server tested;
  std::atomic<int> rendered{0};
  std::thread::id worker;
  std::thread::id where;
  auto client = tested.connect();
  client.send(get("/kept"));
  tested.take_pending().send(std::make_unique<noting_response>(rendered, where));
  BOOST_TEST(client.read_response()->body == "late");
  BOOST_TEST(rendered.load() == 1);
  client.send(get("/kept"));
  auto late = tested.take_pending();
  client.reset();
  wait_until([&] { return tested.server().open_connections() == 0; });
  late.send(std::make_unique<noting_response>(rendered, where));
  tested.on_request([&](const request&, responder back) {
    worker = std::this_thread::get_id();
    back.send(std::make_unique<noting_response>(rendered, where));
  });
  auto next = tested.connect();
  BOOST_TEST(next.ask(get("/"))->body == "late");
  BOOST_TEST(rendered.load() == 2);
  BOOST_TEST((where == worker));
  BOOST_TEST((where != std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(a_client_that_ends_its_side_still_gets_its_answers) {
  test_server tested;
  auto client = tested.connect();
  client.send(get("/kept") + get("/echo") + "GET /half");
  client.end_output();
  auto kept = tested.take_pending();
  kept.send(test_server::text("first"));
  BOOST_TEST(client.read_response()->body == "first");
  BOOST_TEST(client.read_response()->body == "/echo?|");
  BOOST_TEST(client.read_until_close() == "");
}

BOOST_AUTO_TEST_CASE(an_idle_connection_is_closed_without_a_word) {
  server_limits limits;
  limits.idle_timeout = std::chrono::milliseconds(100);
  test_server tested(limits);
  auto silent = tested.connect();
  auto used = tested.connect();
  BOOST_TEST(used.ask(get("/echo"))->status == 200);
  BOOST_TEST(silent.read_until_close() == "");
  BOOST_TEST(used.read_until_close() == "");
}

BOOST_AUTO_TEST_CASE(what_the_server_refuses_itself_looks_like_every_other_problem) {
  server_limits limits;
  limits.connections_max = 1;
  const orderd::tests::manual_clock clock;
  test_server tested(limits, orderd::http::server_error_renderer(clock));
  auto first = tested.connect();
  const auto dropped = first.ask(get("/drop"));
  const auto turned_away = tested.connect().read_response();
  const auto malformed = first.ask("GET / HTTP/1.1\r\nHost: a b\r\n\r\n");
  std::set<std::string> ids;
  for (const auto& answer : {dropped, turned_away, malformed}) {
    BOOST_REQUIRE(answer);
    const auto fields = [&](std::string_view name) {
      return std::count_if(answer->headers.begin(), answer->headers.end(),
                           [&](const auto& field) { return field.first == name; });
    };
    BOOST_TEST(fields("Retry-After") == (answer->status == 503 ? 1 : 0));
    BOOST_TEST(fields("X-Request-Id") == 1);
    const auto id = answer->header("X-Request-Id");
    BOOST_TEST(orderd::parse_uuid(id).has_value(), id);
    BOOST_TEST(answer->body.find("\"request_id\":\"" + id + '"') != std::string::npos, answer->body);
    ids.insert(id);
  }
  BOOST_TEST(ids.size() == 3U);
  BOOST_TEST(turned_away->status == 503);
  BOOST_TEST(malformed->status == 400);
}

BOOST_AUTO_TEST_CASE(connections_beyond_the_cap_get_503_and_the_rest_go_on) {
  server_limits limits;
  limits.connections_max = 2;
  test_server tested(limits);
  auto first = tested.connect();
  auto second = tested.connect();
  BOOST_TEST(first.ask(get("/echo"))->status == 200);
  BOOST_TEST(second.ask(get("/echo"))->status == 200);
  for (int i = 0; i < 100; ++i) {
    auto third = tested.connect();
    third.send(get("/echo"));
    const auto answer = third.read_response();
    BOOST_REQUIRE(answer);
    BOOST_TEST(answer->status == 503);
    BOOST_TEST(third.read_until_close() == "");
  }
  BOOST_TEST(first.ask(get("/echo"))->status == 200);
  first.close();
  wait_until([&] { return tested.server().open_connections() == 1; });
  BOOST_TEST(tested.is_well());
  BOOST_TEST(second.ask(get("/echo"))->status == 200);
}

BOOST_AUTO_TEST_CASE(without_descriptors_clients_wait_and_are_served_later) {
  test_server tested;
  std::vector<raw_client> clients;
  clients.push_back(tested.connect());
  BOOST_TEST(clients.front().ask(get("/echo"))->status == 200);
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  // Descriptors are given lowest first: this leaves room for the client's next ones and none for the
  // server's.
  const int lowest_free = ::open("/dev/null", O_RDONLY);
  ::close(lowest_free);
  rlimit scarce = before;
  scarce.rlim_cur = static_cast<rlim_t>(lowest_free) + 1;
  ::setrlimit(RLIMIT_NOFILE, &scarce);
  auto waiting = tested.connect();
  waiting.send(get("/echo"));
  BOOST_TEST(clients.front().ask(get("/echo"))->status == 200);
  BOOST_TEST(tested.server().open_connections() == 1U);
  ::setrlimit(RLIMIT_NOFILE, &before);
  BOOST_TEST(waiting.read_response()->status == 200);
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_read_is_not_served_on_and_is_cut) {
  constexpr std::size_t answers = 1000;
  constexpr std::size_t answer_bytes = 100'000;
  server_limits limits;
  limits.unread_output_bytes_max = 256 * 1024;
  limits.write_stall_timeout = std::chrono::milliseconds(300);
  test_server tested(limits);
  raw_client client(tested.port(), 4096);
  std::string all;
  for (std::size_t i = 0; i < answers; ++i)
    all += get("/big?" + std::to_string(answer_bytes));
  std::thread sender([&] { client.send(all); });
  wait_until([&] { return tested.handled() > 0; });
  wait_until([&] { return tested.server().open_connections() == 0; });
  sender.join();
  // The kernel's buffers take some megabytes; the server itself goes on for no more than its bound.
  BOOST_TEST(tested.handled() < answers / 5);
  BOOST_TEST(tested.is_well());
}

BOOST_AUTO_TEST_CASE(a_client_that_reads_late_gets_everything) {
  server_limits limits;
  limits.unread_output_bytes_max = 64 * 1024;
  test_server tested(limits);
  raw_client client(tested.port(), 4096);
  std::string all;
  for (int i = 0; i < 200; ++i)
    all += get("/big?" + std::to_string(100'000 + i));
  std::thread sender([&] { client.send(all); });
  wait_until([&] { return tested.handled() > 1; });
  for (std::size_t i = 0; i < 200; ++i)
    BOOST_TEST(client.read_response()->body.size() == 100'000 + i);
  sender.join();
}

BOOST_AUTO_TEST_CASE(start_names_what_failed) {
  test_server tested;
  const auto unused = [](const request&, responder) {};
  const auto errors = [](int, std::string_view, std::string_view) { return response{}; };
  orderd::http::server taken({}, unused, errors);
  BOOST_TEST(taken.start("127.0.0.1", tested.port()).find(std::to_string(tested.port())) !=
             std::string::npos);
  orderd::http::server nowhere({}, unused, errors);
  BOOST_TEST(nowhere.start("not-an-address", 0).find("not-an-address") != std::string::npos);
  orderd::http::server local({}, unused, errors);
  BOOST_TEST(local.start("localhost", 0) == "");
  BOOST_TEST(local.port() != 0);
}

BOOST_AUTO_TEST_SUITE_END()
