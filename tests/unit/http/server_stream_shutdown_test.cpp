#include "tests/unit/http/stream_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <future>
#include <optional>
#include <thread>
#include <vector>

using namespace orderd::test;
using orderd::http::server_limits;

namespace {

std::future<std::size_t> drain(test_server& tested) {
  return std::async(std::launch::async, [&tested] { return tested.server().drain(2 * guard); });
}

/// How many were cut; it must not have taken the drain's deadline to get there.
std::size_t cut_by(std::future<std::size_t>& drained) {
  BOOST_TEST((drained.wait_for(guard) == std::future_status::ready));
  return drained.get();
}

} // namespace

BOOST_AUTO_TEST_SUITE(server_stream_shutdown)

BOOST_AUTO_TEST_CASE(a_drain_ends_open_streams_at_once_behind_what_was_written) {
  server_limits limits;
  limits.workers = 2;
  test_server tested(limits);
  std::vector<std::unique_ptr<open_stream>> opened;
  for (int i = 0; i < 20; ++i) {
    opened.push_back(std::make_unique<open_stream>(tested));
    BOOST_TEST(opened.back()->stream.write(shared_bytes("the last event")));
  }
  auto drained = drain(tested);
  for (const auto& one : opened) {
    BOOST_TEST(one->client.read_chunk().value() == "the last event");
    BOOST_TEST(one->client.read_chunk().value() == "");
    BOOST_TEST(one->client.read_until_close() == "");
    one->client.close();
  }
  BOOST_TEST(cut_by(drained) == 0U);
  for (const auto& one : opened) {
    BOOST_TEST(!one->stream.write(shared_bytes("nobody")));
    BOOST_TEST(one->log->closed.load() == 1);
  }
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_read_does_not_hold_up_a_drain) {
  server_limits limits;
  limits.write_stall_timeout = std::chrono::hours(1);
  test_server tested(limits);
  open_stream open(tested, 4096);
  open_stream ended(tested, 4096);
  const auto bytes = shared_bytes(std::string(4000, 'x'));
  for (auto* one : {&open, &ended})
    wait_until([&] { return !one->stream.write(bytes) || one->stream.pending_bytes() > 500'000; });
  ended.stream.end("never read");
  auto drained = drain(tested);
  BOOST_TEST(cut_by(drained) == 0U);
  BOOST_TEST(!open.stream.write(bytes));
  BOOST_TEST(open.log->closed.load() == 1);
}

BOOST_AUTO_TEST_CASE(a_request_under_way_is_still_answered_while_streams_end) {
  test_server tested;
  auto waiting = tested.connect();
  waiting.send(get("/kept"));
  auto kept = tested.take_pending();
  auto asking = tested.connect();
  asking.send(get("/kept"));
  auto to_stream = tested.take_pending();
  open_stream one(tested);
  auto drained = drain(tested);
  BOOST_TEST(one.client.read_chunk().value() == "");
  one.client.close();
  // What becomes a stream during the drain has its head and its end.
  auto late = to_stream.stream(event_head("retry: 1000\n\n"), {});
  BOOST_TEST(asking.read_response()->status == 200);
  BOOST_TEST(asking.read_chunk().value() == "retry: 1000\n\n");
  BOOST_TEST(asking.read_chunk().value() == "");
  BOOST_TEST(asking.read_until_close() == "");
  asking.close();
  kept.send(test_server::text("the last one"));
  BOOST_TEST(waiting.read_response()->body == "the last one");
  waiting.close();
  BOOST_TEST(cut_by(drained) == 0U);
  BOOST_TEST(!late.write(shared_bytes("nobody")));
}

BOOST_AUTO_TEST_CASE(streams_may_outlive_the_server) {
  std::vector<std::unique_ptr<open_stream>> opened;
  orderd::http::responder unanswered;
  {
    test_server tested;
    auto client = tested.connect();
    client.send(get("/kept"));
    unanswered = tested.take_pending();
    for (int i = 0; i < 8; ++i)
      opened.push_back(std::make_unique<open_stream>(tested));
  }
  for (const auto& one : opened) {
    BOOST_TEST(!one->stream.write(shared_bytes("nobody")));
    BOOST_TEST(one->stream.pending_bytes() == 0U);
    BOOST_TEST(one->log->closed.load() == 1);
    BOOST_TEST(!one->client.read_chunk());
  }
  opened.front()->stream.end("nobody");
  opened.clear();
  const auto log = std::make_shared<stream_log>();
  auto late = unanswered.stream(event_head("nobody"), log_to(log));
  BOOST_TEST(!late.write(shared_bytes("nobody")));
  BOOST_TEST(log->closed.load() == 1);
}

BOOST_AUTO_TEST_CASE(writes_race_with_the_end_of_the_server_without_harm) {
  for (int round = 0; round < 20; ++round) {
    std::vector<std::thread> owners;
    std::vector<std::unique_ptr<open_stream>> opened;
    std::promise<void> go;
    const auto started = go.get_future().share();
    {
      server_limits limits;
      limits.workers = 2;
      limits.lingering_close = std::chrono::milliseconds(10);
      test_server tested(limits);
      for (int i = 0; i < 8; ++i) {
        opened.push_back(std::make_unique<open_stream>(tested));
        owners.emplace_back([stream = std::move(opened.back()->stream), started]() mutable {
          started.wait();
          const auto bytes = shared_bytes("racing");
          while (stream.write(bytes))
            std::this_thread::yield();
        });
      }
      go.set_value();
      if (round % 2 == 0)
        tested.server().drain(guard);
    }
    for (auto& owner : owners)
      owner.join();
    for (const auto& one : opened) {
      std::optional<std::string> chunk;
      while ((chunk = one->client.read_chunk()) && !chunk->empty())
        BOOST_TEST(*chunk == "racing");
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
