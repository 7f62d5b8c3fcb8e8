#include "tests/unit/http/server_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <future>
#include <optional>

using namespace orderd::test;
using orderd::http::request;
using orderd::http::responder;
using orderd::http::server_limits;

namespace {

/// Drains on a thread of its own, so that the test can go on answering.
std::future<std::size_t> drain(test_server& tested, std::chrono::milliseconds deadline = guard) {
  return std::async(std::launch::async, [&tested, deadline] { return tested.server().drain(deadline); });
}

bool refuses(std::uint16_t port) {
  try {
    raw_client client(port);
    return false;
  } catch (const std::runtime_error&) {
    return true;
  }
}

} // namespace

BOOST_AUTO_TEST_SUITE(server_shutdown)

BOOST_AUTO_TEST_CASE(requests_under_way_are_answered_and_told_to_close) {
  test_server tested;
  auto waiting = tested.connect();
  waiting.send(get("/kept"));
  auto kept = tested.take_pending();
  auto idle = tested.connect();
  BOOST_TEST(idle.ask(get("/echo"))->status == 200);
  auto half = tested.connect();
  half.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhel");
  wait_until([&] { return tested.server().open_connections() == 3; });
  auto drained = drain(tested);
  BOOST_TEST(idle.read_until_close() == "");
  idle.close();
  BOOST_TEST(half.read_until_close() == "");
  half.close();
  wait_until([&] { return refuses(tested.port()); });
  kept.send(test_server::text("the last one"));
  const auto answer = waiting.read_response();
  BOOST_REQUIRE(answer);
  BOOST_TEST(answer->body == "the last one");
  BOOST_TEST(answer->header("Connection") == "close");
  BOOST_TEST(waiting.read_until_close() == "");
  waiting.close();
  BOOST_TEST(drained.get() == 0U);
  BOOST_TEST(tested.server().open_connections() == 0U);
}

BOOST_AUTO_TEST_CASE(pipelined_requests_received_before_the_drain_are_all_answered) {
  test_server tested;
  auto client = tested.connect();
  client.send(get("/kept/1") + get("/kept/2") + get("/echo/3"));
  auto first = tested.take_pending();
  auto drained = drain(tested);
  wait_until([&] { return refuses(tested.port()); });
  first.send(test_server::text("1"));
  const auto one = client.read_response();
  BOOST_TEST(one->body == "1");
  BOOST_TEST(one->header("Connection") == "");
  tested.take_pending().send(test_server::text("2"));
  BOOST_TEST(client.read_response()->body == "2");
  const auto three = client.read_response();
  BOOST_TEST(three->body == "/echo/3?|");
  BOOST_TEST(three->header("Connection") == "close");
  BOOST_TEST(client.read_until_close() == "");
  client.close();
  BOOST_TEST(drained.get() == 0U);
}

BOOST_AUTO_TEST_CASE(a_request_that_arrived_unread_is_answered) {
  test_server tested;
  // The worker is held inside a handler while a request arrives on one more connection.
  std::promise<void> held;
  std::promise<void> go_on;
  tested.on_request([&](const request& asked, responder back) {
    if (asked.path == "/hold") {
      held.set_value();
      go_on.get_future().wait();
    }
    back.send(test_server::text(std::string(asked.path)));
  });
  auto holding = tested.connect();
  holding.send(get("/hold"));
  held.get_future().wait();
  auto unseen = tested.connect();
  unseen.send(get("/unseen"));
  auto large = tested.connect();
  large.send(post("/large", std::string(30'000, 'l')));
  auto drained = drain(tested);
  go_on.set_value();
  BOOST_TEST(holding.read_response()->body == "/hold");
  BOOST_TEST(unseen.read_response()->body == "/unseen");
  holding.close();
  BOOST_TEST(large.read_response()->body == "/large");
  unseen.close();
  large.close();
  BOOST_TEST(drained.get() == 0U);
}

BOOST_AUTO_TEST_CASE(at_the_deadline_the_rest_is_cut_and_counted) {
  test_server tested;
  auto first = tested.connect();
  first.send(get("/kept"));
  auto one = tested.take_pending();
  auto second = tested.connect();
  second.send(get("/kept"));
  auto two = tested.take_pending();
  BOOST_TEST(drain(tested, std::chrono::milliseconds(50)).get() == 2U);
  BOOST_TEST(!first.read_response());
  BOOST_TEST(!second.read_response());
  one.send(test_server::text("too late"));
  BOOST_TEST(tested.server().open_connections() == 0U);
  BOOST_TEST(tested.server().drain(guard) == 0U);
}

BOOST_AUTO_TEST_CASE(responders_may_outlive_the_server) {
  std::vector<responder> kept;
  {
    test_server tested;
    std::vector<raw_client> clients;
    for (int i = 0; i < 8; ++i) {
      clients.push_back(tested.connect());
      clients.back().send(get("/kept"));
      kept.push_back(tested.take_pending());
    }
  }
  kept[0].send(test_server::text("nobody"));
  BOOST_TEST(!kept[0]);
  kept.clear();
}

BOOST_AUTO_TEST_CASE(answers_race_with_the_end_of_the_server_without_harm) {
  for (int round = 0; round < 20; ++round) {
    std::vector<responder> kept;
    std::vector<std::thread> threads;
    std::promise<void> go;
    const auto started = go.get_future().share();
    std::vector<raw_client> clients;
    {
      server_limits limits;
      limits.workers = 2;
      test_server tested(limits);
      for (int i = 0; i < 16; ++i) {
        clients.push_back(tested.connect());
        clients.back().send(get("/kept"));
      }
      for (int i = 0; i < 16; ++i)
        threads.emplace_back([one = tested.take_pending(), started]() mutable {
          started.wait();
          one.send(test_server::text("racing"));
        });
      go.set_value();
    }
    for (auto& thread : threads)
      thread.join();
    for (auto& client : clients) {
      const auto answer = client.read_response();
      BOOST_TEST((!answer || answer->body == "racing"));
    }
  }
}

BOOST_AUTO_TEST_CASE(every_answer_given_before_the_drain_ends_reaches_its_client) {
  server_limits limits;
  limits.workers = 2;
  test_server tested(limits);
  std::vector<raw_client> clients;
  std::vector<responder> kept;
  for (int i = 0; i < 32; ++i) {
    clients.push_back(tested.connect());
    clients.back().send(get("/kept"));
    kept.push_back(tested.take_pending());
  }
  auto drained = drain(tested);
  std::thread answering([&] {
    for (auto& one : kept)
      one.send(test_server::text("acknowledged"));
  });
  for (auto& client : clients) {
    const auto answer = client.read_response();
    BOOST_REQUIRE(answer);
    BOOST_TEST(answer->body == "acknowledged");
    client.close();
  }
  answering.join();
  BOOST_TEST(drained.get() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
