/// What a message of a broker is: which event, and what it says.
#pragma once

#include "config/result.hpp"
#include "domain/uuid.hpp"
#include "http/json_reader.hpp"
#include "persistence/event_source.hpp"

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

namespace orderd::http {

inline constexpr std::size_t event_bytes_max = std::size_t{1024} * 1024;
inline constexpr std::size_t event_id_bytes_max = 255;
inline constexpr std::size_t event_source_bytes_max = 512;

/// The event in a message. What names it says nothing of the broker, so that one event that comes through
/// two of them is one; only an event without a name is the broker's message itself.
struct event_message {
  std::string source; ///< empty unless it is a CloudEvent
  std::string id;
  bool is_named = true; ///< false: `id` is the message's place
  json_value payload;   ///< valid until this thread parses another body
};

/// Reads a message, or says in a sentence what is wrong with it. An event is named, in this order, by the
/// headers `ce-id` and `ce-source`, by a CloudEvent in the body (whose `data` is the payload then), by the
/// member `event_id`, by the header `nats-msg-id`, or else by the message's place.
[[nodiscard]] tl::expected<event_message, std::string> read_event(const incoming_message& message);

/// The value of a header; empty if there is none. `name` is in lower case.
[[nodiscard]] std::string_view header_of(const incoming_message& message, std::string_view name) noexcept;

/// What the engine remembers an event by, as `request_ticket::key`. No request over HTTP has the same.
[[nodiscard]] uuid key_of(std::string_view subject, const event_message& event);
/// The same of an order that is submitted under a key of its own, whatever event it comes with.
[[nodiscard]] uuid key_of_order(std::string_view customer_id, std::string_view key);

/// What the event says, as `request_ticket::fingerprint`: spaces and the members of the payload that are
/// named in `but` make no difference.
[[nodiscard]] uuid content_of(std::string_view subject, json_value payload,
                              std::initializer_list<std::string_view> but = {});

} // namespace orderd::http
