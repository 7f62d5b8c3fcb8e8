/// A streamed answer as the engine's own streams are given it.
#pragma once

#include "actors/event_stream.hpp"
#include "http/call.hpp"

#include <memory>
#include <string>
#include <utility>

namespace orderd::http {

/// Begins its answer when it is made. The engine is told when no more than `low_water_bytes` are unread.
class stream_listener final : public event_listener {
 public:
  stream_listener(answer_port& out, response head, std::size_t low_water_bytes, listener_signal signal)
      : stream_(out.stream(std::move(head), {low_water_bytes, [tell = std::move(signal)](stream_event what) {
                                               tell(what == stream_event::closed);
                                             }})) {}

  [[nodiscard]] bool give(std::shared_ptr<const std::string> text) noexcept override {
    return stream_.write(std::move(text));
  }
  [[nodiscard]] std::size_t pending_bytes() const noexcept override { return stream_.pending_bytes(); }
  void end(std::string last) noexcept override { stream_.end(std::move(last)); }

 private:
  response_stream stream_;
};

} // namespace orderd::http
