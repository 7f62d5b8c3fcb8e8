/// The streams of JetStream: found, made and extended. Included by persistence/nats_* only.
#pragma once

#include "persistence/nats_connection.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace orderd {

/// Whether a subject, without wildcards, is one of those that a pattern of NATS stands for.
[[nodiscard]] bool covers_subject(std::string_view pattern, std::string_view subject);

/// What a stream is for.
enum class stream_use : std::uint8_t {
  history, ///< many read it: messages stay until the operator's limits
  work,    ///< each subject has one consumer: a message goes when it is acknowledged
};

/// Makes sure that there is a stream of that name which takes all these subjects. One that is there keeps its
/// configuration and gets the subjects that it lacks. A new one is on disk, knows the ids of messages for 10
/// minutes, and keeps messages as its use has it, without a limit of number or age: those are for the
/// operator to set, and stay as they were set. Errors name the stream.
[[nodiscard]] result<void> ensure_stream(const nats_connection& connection, const std::string& stream,
                                         const std::vector<std::string>& subjects,
                                         stream_use use = stream_use::history);

/// The names of the streams that take a subject, which may have wildcards: then each that has a part of it.
[[nodiscard]] result<std::vector<std::string>> streams_with(const nats_connection& connection,
                                                            const std::string& subject);

/// Why JetStream has refused, if this answer of its says so.
[[nodiscard]] std::optional<std::string> refusal_in(std::string_view answer);

/// The configuration in JetStream's answer about a stream, with these subjects added and all else, also what
/// only newer servers know, as it is. Nothing if the stream takes no subjects, as a mirror.
[[nodiscard]] std::optional<std::string> extended_config(std::string_view answer,
                                                         const std::vector<std::string>& subjects);

} // namespace orderd
