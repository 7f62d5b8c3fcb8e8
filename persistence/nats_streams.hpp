/// The streams of JetStream: found, made and extended. Included by persistence/nats_* only.
#pragma once

#include "persistence/nats_connection.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace orderd {

/// Whether a subject, without wildcards, is one of those that a pattern of NATS stands for.
[[nodiscard]] bool covers_subject(std::string_view pattern, std::string_view subject);

/// Makes sure that there is a stream of that name which takes all these subjects. One that is there keeps its
/// configuration and gets the subjects that it lacks. A new one is on disk, knows the ids of messages for 10
/// minutes, and keeps messages without a limit: retention is for the operator to set, and stays as it was
/// set. Errors name the stream.
[[nodiscard]] result<void> ensure_stream(const nats_connection& connection, const std::string& stream,
                                         const std::vector<std::string>& subjects);

/// The names of the streams that take a subject, which may have wildcards: then each that has a part of it.
[[nodiscard]] result<std::vector<std::string>> streams_with(const nats_connection& connection,
                                                            const std::string& subject);

} // namespace orderd
