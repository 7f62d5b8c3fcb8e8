/// What a pull consumer of JetStream delivers. Included by persistence/nats_* only.
#pragma once

#include "persistence/event_source.hpp"
#include "persistence/nats_connection.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace orderd {

/// Where a delivered message stands, as the subject that acknowledges it has it.
struct nats_position {
  std::string stream;
  std::string consumer;
  std::string sequence; ///< in the stream
  std::string stored;   ///< when the stream took it, in ns: tells it from one of a former stream of that name

  [[nodiscard]] std::string place() const { return "nats:" + stream + ':' + sequence; }
  /// Never another message's.
  [[nodiscard]] std::string key() const { return place() + '@' + stored; }
};

/// Nothing if it is no subject of an acknowledgement.
[[nodiscard]] std::optional<nats_position> position_of(std::string_view ack_subject);

/// The message with its headers: names in lower case, values of CloudEvents' attributes decoded. `tries` is
/// for the caller to set.
[[nodiscard]] incoming_message incoming_of(natsMsg* message, const nats_position& position);

/// What is said of a message in dead letters.
struct dead_letter_note {
  std::string reason;
  nats_position position;
  std::uint32_t tries = 0;
};

/// The message for `<prefix>.<subject>`: with the original's body and headers, but that those which JetStream
/// acts upon (`Nats-...`) have `Dead-Letter-` before their names. Without the body if it would be larger than
/// the server takes; `Dead-Letter-Body` then says so.
[[nodiscard]] nats_message dead_letter_of(natsMsg* message, const std::string& prefix,
                                          const dead_letter_note& note, bool with_body);

} // namespace orderd
