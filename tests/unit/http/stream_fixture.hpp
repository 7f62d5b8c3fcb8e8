/// Streams on a test server, and what they tell their owner.
#pragma once

#include "http/response_stream.hpp"
#include "tests/unit/http/server_fixture.hpp"

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace orderd::test {

/// Counts the events of one stream; the worker may still use it after the test has let go.
struct stream_log {
  std::atomic<int> drained{0};
  std::atomic<int> closed{0};
};

inline std::shared_ptr<const std::string> shared_bytes(std::string bytes) {
  return std::make_shared<const std::string>(std::move(bytes));
}

inline http::stream_options log_to(const std::shared_ptr<stream_log>& log, std::size_t low_water_bytes = 0) {
  return {low_water_bytes, [log](http::stream_event what) {
            (what == http::stream_event::drained ? log->drained : log->closed).fetch_add(1);
          }};
}

inline http::response event_head(std::string first = {}) {
  return {200, "text/event-stream", {{"Cache-Control", "no-store"}}, std::move(first)};
}

/// A client's request that is answered by a stream.
struct open_stream {
  raw_client client;
  http::response_stream stream;
  std::shared_ptr<stream_log> log = std::make_shared<stream_log>();

  explicit open_stream(test_server& tested, int receive_buffer_bytes = 0, std::size_t low_water_bytes = 0)
      : client(tested.port(), receive_buffer_bytes) {
    client.send(get("/kept"));
    stream = tested.take_pending().stream(event_head(), log_to(log, low_water_bytes));
    if (const auto head = client.read_response(); !head || head->status != 200)
      throw std::runtime_error("no stream was opened");
  }

  /// Writes copies of `bytes` as fast as may be while at most `pending_max` wait, until the stream has ended.
  /// Returns how many bytes it took.
  std::size_t write_until_ended(const std::shared_ptr<const std::string>& bytes, std::size_t pending_max) {
    std::size_t written = 0;
    wait_until([&] {
      while (stream.pending_bytes() + bytes->size() <= pending_max) {
        if (!stream.write(bytes))
          return true;
        written += bytes->size();
      }
      return false;
    });
    return written;
  }
};

} // namespace orderd::test
