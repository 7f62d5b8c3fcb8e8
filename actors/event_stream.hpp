/// Streams of events to clients that stay: what the edge gives and is given.
#pragma once

#include "persistence/cloud_event.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace orderd {

/// Which events somebody wants. What is empty does not filter, but for the customer.
struct event_filter {
  std::vector<std::string> types;
  std::string subject; ///< an order's id or a SKU
  /// Whose orders; nothing: everybody's, and what is nobody's. An empty name is nobody's, and lets nothing
  /// through.
  std::optional<std::string> customer_id;

  [[nodiscard]] bool lets_through(const cloud_event& event) const noexcept;
};

/// Who is told. Lives with the feed of events, and is called on its thread alone.
class event_listener {
 public:
  virtual ~event_listener() = default;
  /// Hands over one event as server-sent events have it, shared with all others who get it. False if the
  /// client has gone.
  [[nodiscard]] virtual bool give(std::shared_ptr<const std::string> text) noexcept = 0;
  /// Of what was given, what is not sent yet.
  [[nodiscard]] virtual std::size_t pending_bytes() const noexcept = 0;
  /// Ends the stream, with a comment that says why.
  virtual void end(std::string comment) noexcept = 0;
};

/// What a listener tells the feed: that there is room again, or (`gone`) that it is to be dropped. Any
/// thread, any number of times, also when neither lives any more.
using listener_signal = std::function<void(bool gone)>;

/// Begins a stream. `make` is called once, by `engine::subscribe`, unless the subscription is refused.
struct event_subscription {
  event_filter filter;
  std::optional<event_position> after; ///< what follows it is told first; nothing: from now on
  std::function<std::unique_ptr<event_listener>(listener_signal)> make;
};

/// `12.0` and back: what a client resumes with.
[[nodiscard]] std::string to_text(const event_position& at);
[[nodiscard]] std::optional<event_position> parse_event_position(std::string_view text) noexcept;

} // namespace orderd
