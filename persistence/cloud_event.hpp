/// An event as the outside is told of it: CloudEvents 1.0 (https://github.com/cloudevents/spec).
#pragma once

#include "domain/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace orderd {

/// Where an event of the history is told of: its number in the journal, and its place among the public events
/// that follow from it. Grows along the whole history.
struct event_position {
  std::uint64_t seq = 0;
  std::uint32_t index = 0;

  /// Behind all that an event of the history tells.
  static constexpr std::uint32_t index_max = UINT32_MAX;

  auto operator<=>(const event_position&) const = default;
};

/// One public event, rendered. Plain text that any transport carries.
struct cloud_event {
  event_position position;
  std::string id;          ///< a UUID made of what happened: the same whenever and however often it is sent
  std::string type;        ///< `order_created` and so on; also the last part of a subject
  std::string subject;     ///< the order's id, or the item's SKU
  std::string key;         ///< what orders events: those with the same key follow each other. Never empty
  std::string sequence;    ///< 20 digits, growing along the events of one order or item, with gaps
  std::string customer_id; ///< whose order it is; empty for none. Not sent: it says who may see the event
  timestamp time;          ///< when it happened
  std::string data;        ///< a JSON object
};

/// The value of the attribute `source`.
inline constexpr std::string_view default_event_source = "/orderd";
inline constexpr std::string_view event_data_type = "application/json";

/// The attribute `dataschema`: names the JSON Schema served at `/schemas/{type}.json`.
[[nodiscard]] std::string schema_urn(std::string_view type);

/// The attributes with their names, without prefix: for the binary modes, which add `ce-` or `ce_`.
[[nodiscard]] std::vector<std::pair<std::string_view, std::string>> attributes_of(const cloud_event& event,
                                                                                  std::string_view source);
/// The structured mode: one JSON object with the attributes and `data`.
[[nodiscard]] std::string structured(const cloud_event& event, std::string_view source);

} // namespace orderd
