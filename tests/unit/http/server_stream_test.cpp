#include "tests/unit/http/stream_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <future>
#include <vector>

using namespace orderd::test;
using orderd::http::request;
using orderd::http::responder;
using orderd::http::response_stream;
using orderd::http::server_limits;
using orderd::http::stream_event;

namespace {

server_limits limits_with_stall(std::chrono::milliseconds stall) {
  server_limits limits;
  limits.write_stall_timeout = stall;
  return limits;
}

/// Well above what the system buffers for one client.
constexpr std::size_t flood_bytes = std::size_t{64} << 20U;

} // namespace

BOOST_AUTO_TEST_SUITE(server_stream)

BOOST_AUTO_TEST_CASE(chunks_arrive_as_written_and_in_order_from_another_thread) {
  test_server tested;
  auto client = tested.connect();
  client.send(get("/kept"));
  constexpr int chunks = 2000;
  auto owner = std::async(std::launch::async, [back = tested.take_pending()]() mutable {
    auto stream = back.stream(event_head("first"), {});
    int taken = 0;
    for (int i = 0; i < chunks; ++i)
      taken += stream.write(shared_bytes("data: " + std::to_string(i) + "\n\n")) ? 1 : 0;
    stream.end(": the end\n\n");
    return taken;
  });
  const auto head = client.read_response();
  BOOST_REQUIRE(head);
  BOOST_TEST(head->status == 200);
  BOOST_TEST(head->header("Content-Type") == "text/event-stream");
  BOOST_TEST(head->header("Cache-Control") == "no-store");
  BOOST_TEST(head->header("Transfer-Encoding") == "chunked");
  BOOST_TEST(head->header("Content-Length") == "");
  BOOST_TEST(client.read_chunk().value() == "first");
  for (int i = 0; i < chunks; ++i)
    BOOST_TEST(client.read_chunk().value() == "data: " + std::to_string(i) + "\n\n");
  BOOST_TEST(client.read_chunk().value() == ": the end\n\n");
  BOOST_TEST(client.read_chunk().value() == "");
  BOOST_TEST(client.read_until_close() == "");
  BOOST_TEST(owner.get() == chunks);
}

BOOST_AUTO_TEST_CASE(what_was_written_arrives_while_the_stream_is_open) {
  test_server tested;
  open_stream one(tested);
  for (const auto* text : {"a", "b", "c"}) {
    BOOST_TEST(one.stream.write(shared_bytes(text)));
    BOOST_TEST(one.client.read_chunk().value() == text);
  }
  BOOST_TEST(one.stream.write(shared_bytes("")));
  BOOST_TEST(one.stream.write(shared_bytes("no chunk of nothing ended the body")));
  BOOST_TEST(one.client.read_chunk().value() == "no chunk of nothing ended the body");
  wait_until([&] { return one.stream.pending_bytes() == 0; });
}

BOOST_AUTO_TEST_CASE(a_stream_may_begin_and_be_written_within_the_handler) {
  test_server tested;
  std::promise<response_stream> begun;
  tested.on_request([&](const request&, responder back) {
    auto stream = back.stream(event_head(), {});
    stream.write(shared_bytes("within"));
    begun.set_value(std::move(stream));
  });
  auto client = tested.connect();
  BOOST_TEST(client.ask(get("/events"))->status == 200);
  BOOST_TEST(client.read_chunk().value() == "within");
  auto stream = begun.get_future().get();
  BOOST_TEST(stream.write(shared_bytes("from elsewhere")));
  BOOST_TEST(client.read_chunk().value() == "from elsewhere");
}

BOOST_AUTO_TEST_CASE(a_large_piece_is_one_chunk) {
  test_server tested;
  open_stream one(tested, 4096);
  std::string large(900'000, '\0');
  for (std::size_t i = 0; i < large.size(); ++i)
    large[i] = static_cast<char>('a' + i % 23);
  BOOST_TEST(one.stream.write(shared_bytes(large)));
  BOOST_TEST(one.stream.write(shared_bytes("small")));
  BOOST_TEST((one.client.read_chunk().value() == large));
  BOOST_TEST(one.client.read_chunk().value() == "small");
  wait_until([&] { return one.stream.pending_bytes() == 0; });
}

BOOST_AUTO_TEST_CASE(http_1_0_gets_plain_bytes_until_the_connection_closes) {
  test_server tested;
  auto client = tested.connect();
  client.send("GET /kept HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  auto stream = tested.take_pending().stream(event_head(), {});
  const auto head = client.read_response();
  BOOST_REQUIRE(head);
  BOOST_TEST(head->header("Transfer-Encoding") == "");
  BOOST_TEST(head->header("Content-Length") == "");
  BOOST_TEST(head->header("Connection") == "close");
  BOOST_TEST(stream.write(shared_bytes("data: 1\n\n")));
  BOOST_TEST(client.read_bytes(9).value() == "data: 1\n\n");
  BOOST_TEST(stream.write(shared_bytes("data: 2\n\n")));
  stream.end(": bye\n\n");
  BOOST_TEST(client.read_until_close() == "data: 2\n\n: bye\n\n");
}

BOOST_AUTO_TEST_CASE(head_gets_the_head_alone_and_ends_the_stream) {
  test_server tested;
  auto client = tested.connect();
  client.send("HEAD /kept HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto log = std::make_shared<stream_log>();
  auto stream = tested.take_pending().stream(event_head("never sent"), log_to(log));
  const auto head = client.read_response(true);
  BOOST_REQUIRE(head);
  BOOST_TEST(head->header("Content-Type") == "text/event-stream");
  BOOST_TEST(head->header("Transfer-Encoding") == "chunked");
  BOOST_TEST(client.read_until_close() == "");
  wait_until([&] { return log->closed.load() == 1; });
  BOOST_TEST(!stream.write(shared_bytes("nobody")));
  BOOST_TEST(stream.pending_bytes() == 0U);
}

BOOST_AUTO_TEST_CASE(an_idle_stream_stays_open) {
  server_limits limits;
  limits.idle_timeout = std::chrono::milliseconds(50);
  limits.write_stall_timeout = std::chrono::milliseconds(50);
  test_server tested(limits);
  open_stream one(tested);
  // An idle connection that came later has been closed for its idleness; the stream has not.
  auto idle = tested.connect();
  BOOST_TEST(idle.ask(get("/echo"))->status == 200);
  BOOST_TEST(idle.read_until_close() == "");
  BOOST_TEST(one.stream.write(shared_bytes("still here")));
  BOOST_TEST(one.client.read_chunk().value() == "still here");
}

BOOST_AUTO_TEST_CASE(a_client_that_never_reads_is_bounded_and_cut_while_others_go_on) {
  test_server tested(limits_with_stall(std::chrono::milliseconds(300)));
  open_stream stalled(tested, 4096);
  open_stream reading(tested);
  const auto bytes = shared_bytes(std::string(4000, 'x'));
  constexpr int events = 500;
  auto others = std::async(std::launch::async, [&] {
    int arrived = 0;
    for (int i = 0; i < events; ++i)
      arrived += reading.stream.write(bytes) && reading.client.read_chunk() == *bytes ? 1 : 0;
    return arrived;
  });
  const auto taken = stalled.write_until_ended(bytes, 256 * 1024);
  BOOST_TEST(others.get() == events);
  BOOST_TEST(taken < flood_bytes);
  wait_until([&] { return tested.server().open_connections() == 1; });
  BOOST_TEST(stalled.log->closed.load() == 1);
  BOOST_TEST(stalled.stream.pending_bytes() == 0U);
  BOOST_TEST(reading.stream.write(bytes));
  BOOST_TEST((reading.client.read_chunk().value() == *bytes));
  BOOST_TEST(tested.is_well());
}

BOOST_AUTO_TEST_CASE(beyond_the_cap_on_output_the_client_is_cut_without_waiting) {
  server_limits limits = limits_with_stall(std::chrono::hours(1));
  limits.stream_output_bytes_max = 100'000;
  test_server tested(limits);
  open_stream one(tested, 4096);
  const auto bytes = shared_bytes(std::string(1000, 'x'));
  BOOST_TEST(one.write_until_ended(bytes, flood_bytes) < flood_bytes);
  BOOST_TEST(!one.stream.write(bytes));
  wait_until([&] { return tested.server().open_connections() == 0; });
  BOOST_TEST(one.log->closed.load() == 1);
  open_stream two(tested);
  BOOST_TEST(two.stream.write(shared_bytes(std::string(100'000, 'y'))));
  BOOST_TEST(two.client.read_chunk()->size() == 100'000U);
  wait_until([&] { return two.stream.pending_bytes() == 0; });
  BOOST_TEST(!two.stream.write(shared_bytes(std::string(100'001, 'y'))));
  BOOST_TEST(!two.client.read_chunk());
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_is_noticed_although_nothing_is_written) {
  test_server tested;
  for (const bool by_reset : {false, true}) {
    open_stream one(tested);
    if (by_reset)
      one.client.reset();
    else
      one.client.close();
    wait_until([&] { return one.log->closed.load() == 1; });
    BOOST_TEST(!one.stream.write(shared_bytes("nobody")));
    wait_until([&] { return tested.server().open_connections() == 0; });
    BOOST_TEST(one.log->drained.load() == 0);
  }
}

BOOST_AUTO_TEST_CASE(a_client_that_ends_its_side_gets_what_was_written_and_the_end) {
  test_server tested;
  open_stream one(tested);
  BOOST_TEST(one.stream.write(shared_bytes("before")));
  one.client.end_output();
  BOOST_TEST(one.client.read_chunk().value() == "before");
  BOOST_TEST(one.client.read_chunk().value() == "");
  BOOST_TEST(one.client.read_until_close() == "");
  wait_until([&] { return one.log->closed.load() == 1; });
  BOOST_TEST(!one.stream.write(shared_bytes("after")));
}

BOOST_AUTO_TEST_CASE(a_stream_for_a_client_that_has_left_is_closed_from_the_start) {
  test_server tested;
  auto client = tested.connect();
  client.send(get("/kept"));
  auto late = tested.take_pending();
  client.reset();
  wait_until([&] { return tested.server().open_connections() == 0; });
  auto next = tested.connect();
  next.send(get("/kept"));
  auto proper = tested.take_pending();
  const auto log = std::make_shared<stream_log>();
  auto stream = late.stream(event_head("for the one who left"), log_to(log));
  stream.write(shared_bytes("for the one who left"));
  wait_until([&] { return log->closed.load() == 1; });
  BOOST_TEST(!stream.write(shared_bytes("for the one who left")));
  proper.send(test_server::text("for the one who waits"));
  BOOST_TEST(next.read_response()->body == "for the one who waits");
}

BOOST_AUTO_TEST_CASE(a_late_chunk_never_reaches_the_next_client_on_the_same_descriptor) {
  test_server tested;
  for (int round = 0; round < 20; ++round) {
    open_stream gone(tested);
    gone.client.reset();
    wait_until([&] { return tested.server().open_connections() == 0; });
    open_stream next(tested);
    gone.stream.write(shared_bytes("for the one who left"));
    gone.stream.end("for the one who left");
    BOOST_TEST(next.stream.write(shared_bytes("for the one who reads")));
    BOOST_TEST(next.client.read_chunk().value() == "for the one who reads");
    next.client.reset();
    wait_until([&] { return tested.server().open_connections() == 0; });
  }
}

BOOST_AUTO_TEST_CASE(the_last_bytes_arrive_before_the_close_and_no_event_follows) {
  test_server tested;
  open_stream one(tested);
  BOOST_TEST(one.stream.write(shared_bytes("data: 1\n\n")));
  one.stream.end(": too slow\n\n");
  BOOST_TEST(!one.stream);
  BOOST_TEST(!one.stream.write(shared_bytes("after the end")));
  one.stream.end(": again");
  BOOST_TEST(one.client.read_chunk().value() == "data: 1\n\n");
  BOOST_TEST(one.client.read_chunk().value() == ": too slow\n\n");
  BOOST_TEST(one.client.read_chunk().value() == "");
  BOOST_TEST(one.client.read_until_close() == "");
  one.client.close();
  wait_until([&] { return tested.server().open_connections() == 0; });
  BOOST_TEST(one.log->closed.load() == 0);
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_take_the_end_is_cut) {
  test_server tested(limits_with_stall(std::chrono::milliseconds(2'000)));
  open_stream one(tested, 4096);
  const auto bytes = shared_bytes(std::string(4000, 'x'));
  wait_until([&] { return !one.stream.write(bytes) || one.stream.pending_bytes() > 500'000; });
  BOOST_TEST(one.stream.write(shared_bytes("")));
  one.stream.end("never read");
  wait_until([&] { return tested.server().open_connections() == 0; });
}

BOOST_AUTO_TEST_CASE(a_dropped_stream_ends_its_body) {
  test_server tested;
  open_stream one(tested);
  { const auto dropped = std::move(one.stream); }
  BOOST_TEST(one.client.read_chunk().value() == "");
  BOOST_TEST(one.client.read_until_close() == "");
  // Assigning over a stream drops the one that was there.
  open_stream two(tested);
  two.stream = response_stream();
  BOOST_TEST(two.client.read_chunk().value() == "");
  BOOST_TEST(two.client.read_until_close() == "");
}

BOOST_AUTO_TEST_CASE(requests_behind_a_stream_are_discarded_and_those_before_it_answered) {
  test_server tested;
  auto client = tested.connect();
  client.send(get("/echo/before") + get("/kept") + get("/echo/behind"));
  auto stream = tested.take_pending().stream(event_head(), {});
  BOOST_TEST(client.read_response()->body == "/echo/before?|");
  BOOST_TEST(client.read_response()->header("Transfer-Encoding") == "chunked");
  client.send(get("/echo/later"));
  BOOST_TEST(stream.write(shared_bytes("1")));
  BOOST_TEST(client.read_chunk().value() == "1");
  stream.end();
  BOOST_TEST(client.read_chunk().value() == "");
  BOOST_TEST(client.read_until_close() == "");
  BOOST_TEST(tested.handled() == 2U);
}

BOOST_AUTO_TEST_CASE(a_client_that_goes_on_sending_behind_a_stream_is_cut) {
  test_server tested;
  open_stream one(tested);
  const std::string noise(64 * 1024, 'n');
  while (one.client.send(noise)) {
  }
  wait_until([&] { return one.log->closed.load() == 1; });
  BOOST_TEST(!one.stream.write(shared_bytes("nobody")));
  wait_until([&] { return tested.server().open_connections() == 0; });
  BOOST_TEST(tested.is_well());
}

BOOST_AUTO_TEST_CASE(the_owner_hears_when_the_low_water_mark_is_reached) {
  test_server tested;
  constexpr std::size_t low_water = 64 * 1024;
  open_stream one(tested, 4096, low_water);
  const auto bytes = shared_bytes(std::string(4000, 'x'));
  BOOST_TEST(one.stream.write(bytes));
  BOOST_TEST((one.client.read_chunk().value() == *bytes));
  wait_until([&] { return one.stream.pending_bytes() == 0; });
  // It was never above the mark.
  BOOST_TEST(one.log->drained.load() == 0);
  for (int round = 0; round < 3; ++round) {
    std::size_t chunks = 0;
    while (one.stream.pending_bytes() <= 8 * low_water) {
      BOOST_REQUIRE(one.stream.write(bytes));
      ++chunks;
    }
    // Nothing is read: what waits now stays above the mark.
    const int before = one.log->drained.load();
    for (; chunks > 0; --chunks)
      BOOST_TEST((one.client.read_chunk().value() == *bytes));
    wait_until([&] { return one.log->drained.load() > before; });
    BOOST_TEST(one.stream.pending_bytes() <= low_water);
    wait_until([&] { return one.stream.pending_bytes() == 0; });
  }
  BOOST_TEST(one.log->closed.load() == 0);
}

BOOST_AUTO_TEST_CASE(an_owner_whose_callback_throws_harms_nobody) {
  test_server tested;
  auto client = tested.connect();
  client.send(get("/kept"));
  std::atomic<int> called{0};
  auto stream = tested.take_pending().stream(event_head(), {0, [&](stream_event) {
                                                              called.fetch_add(1);
                                                              throw std::runtime_error("broken promise");
                                                            }});
  BOOST_TEST(client.read_response()->status == 200);
  BOOST_TEST(stream.write(shared_bytes("1")));
  BOOST_TEST(client.read_chunk().value() == "1");
  client.close();
  wait_until([&] { return called.load() == 2; });
  BOOST_TEST(tested.is_well());
}

BOOST_AUTO_TEST_CASE(many_streams_share_one_payload) {
  server_limits limits;
  limits.workers = 2;
  test_server tested(limits);
  constexpr std::size_t streams = 200;
  constexpr int events = 50;
  std::vector<std::unique_ptr<open_stream>> opened;
  for (std::size_t i = 0; i < streams; ++i)
    opened.push_back(std::make_unique<open_stream>(tested));
  std::vector<std::weak_ptr<const std::string>> payloads;
  for (int event = 0; event < events; ++event) {
    const auto bytes = shared_bytes("data: " + std::to_string(event) + std::string(500, '.') + "\n\n");
    payloads.push_back(bytes);
    for (const auto& one : opened)
      BOOST_TEST(one->stream.write(bytes));
  }
  for (const auto& one : opened)
    for (int event = 0; event < events; ++event)
      BOOST_TEST(one->client.read_chunk().value() ==
                 "data: " + std::to_string(event) + std::string(500, '.') + "\n\n");
  // Nothing keeps what everybody has got.
  wait_until([&] {
    return std::all_of(payloads.begin(), payloads.end(), [](const auto& one) { return one.expired(); });
  });
  BOOST_TEST(tested.server().open_connections() == streams);
}

BOOST_AUTO_TEST_SUITE_END()
