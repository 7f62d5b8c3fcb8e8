#include "http/event_message.hpp"

#include "config/json_writer.hpp"
#include "config/utf8.hpp"
#include "http/field_reader.hpp"
#include "http/key_digest.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace orderd::http {
namespace {

using sentence = std::string;

/// The digest of an HTTP request's key begins with the caller's name, which has no control characters and is
/// followed by a zero.
constexpr std::string_view events_begin = "\x01"
                                          "event";
constexpr std::string_view places_begin = "\x01"
                                          "place";
constexpr std::string_view orders_begin = "\x01"
                                          "order";

[[nodiscard]] std::optional<sentence> check_name(std::string_view what, std::string_view text,
                                                 std::size_t bytes_max) {
  if (is_printable(text, bytes_max))
    return std::nullopt;
  return std::string(what) + " has " + std::to_string(text.size()) + " bytes and must have 1 to " +
         std::to_string(bytes_max) + " without control characters";
}

/// The first of several spellings that is there.
[[nodiscard]] std::string_view any_header_of(const incoming_message& message,
                                             std::initializer_list<std::string_view> names) {
  for (const auto name : names) {
    if (const auto found = header_of(message, name); !found.empty())
      return found;
  }
  return {};
}

[[nodiscard]] bool is_structured(const incoming_message& message, json_value body) {
  if (!body.is(json_type::object))
    return false;
  if (header_of(message, "content-type").starts_with("application/cloudevents+json"))
    return true;
  constexpr std::array required{"specversion", "id", "source", "type", "data"};
  return std::all_of(required.begin(), required.end(),
                     [&](const char* name) { return body.find(name).has_value(); });
}

[[nodiscard]] tl::expected<event_message, sentence> read_structured(json_value body) {
  std::vector<field_error> errors;
  field_reader fields(body, "", errors);
  for (const auto* name : {"specversion", "id", "source"})
    fields.require(name);
  const auto version = fields.word("specversion");
  auto id = fields.text("id", event_id_bytes_max);
  auto source = fields.text("source", event_source_bytes_max);
  if (version && *version != "1.0")
    fields.fail("specversion", "unknown_version",
                "specversion is " + quoted(*fields.find("specversion")) + " and must be \"1.0\"");
  const auto data = body.find("data");
  if (!data)
    fields.fail("data", "missing", "data is missing: the CloudEvent has no payload of JSON");
  if (!errors.empty())
    return tl::unexpected(errors.front().detail);
  return event_message{*std::move(source), *std::move(id), true, *data};
}

[[nodiscard]] tl::expected<event_message, sentence> named(event_message event, std::string_view id_name) {
  if (auto wrong = check_name(id_name, event.id, event_id_bytes_max))
    return tl::unexpected(*std::move(wrong));
  return event;
}

} // namespace

std::string_view header_of(const incoming_message& message, std::string_view name) noexcept {
  for (const auto& [each, value] : message.headers) {
    if (each == name)
      return value;
  }
  return {};
}

tl::expected<event_message, std::string> read_event(const incoming_message& message) {
  if (message.body.size() > event_bytes_max)
    return tl::unexpected("the body has " + std::to_string(message.body.size()) + " bytes and may have " +
                          std::to_string(event_bytes_max));
  const auto body = document_of_this_thread().parse(message.body);
  if (!body)
    return tl::unexpected(malformed_json(body.error()).detail);
  const auto id = any_header_of(message, {"ce-id", "ce_id"});
  const auto source = any_header_of(message, {"ce-source", "ce_source"});
  if (!id.empty() && !source.empty()) {
    if (auto wrong = check_name("ce-source", source, event_source_bytes_max))
      return tl::unexpected(*std::move(wrong));
    return named({std::string(source), std::string(id), true, *body}, "ce-id");
  }
  if (is_structured(message, *body))
    return read_structured(*body);
  if (const auto given = body->is(json_type::object) ? body->find("event_id") : std::nullopt;
      given && !given->is(json_type::null)) {
    if (!given->is(json_type::string))
      return tl::unexpected("event_id is " + quoted(*given) + " and must be a string");
    return named({{}, std::string(given->text()), true, *body}, "event_id");
  }
  if (const auto given = header_of(message, "nats-msg-id"); !given.empty())
    return named({{}, std::string(given), true, *body}, "nats-msg-id");
  if (message.place.empty())
    return tl::unexpected(std::string("the event has neither an id nor a place at its broker"));
  return event_message{{}, message.place, false, *body};
}

uuid key_of(std::string_view subject, const event_message& event) {
  sha256 hash;
  hash.update(event.is_named ? events_begin : places_begin)
      .update(digest_divider)
      .update(subject)
      .update(digest_divider);
  hash.update(event.source).update(digest_divider).update(event.id);
  return front_of(hash);
}

uuid key_of_order(std::string_view customer_id, std::string_view key) {
  sha256 hash;
  hash.update(orders_begin).update(digest_divider).update(customer_id).update(digest_divider).update(key);
  return front_of(hash);
}

uuid content_of(std::string_view subject, json_value payload, std::initializer_list<std::string_view> but) {
  std::string text;
  json_writer json(text);
  if (payload.is(json_type::object)) {
    json.begin_object();
    for (const auto member : payload) {
      if (std::find(but.begin(), but.end(), member.key()) != but.end())
        continue;
      json.key(member.key());
      member.write(json);
    }
    json.end_object();
  } else {
    payload.write(json);
  }
  sha256 hash;
  hash.update(subject).update(digest_divider).update(text);
  return front_of(hash);
}

} // namespace orderd::http
