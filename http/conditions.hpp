/// Conditional requests (RFC 9110, section 13).
#pragma once

#include "http/query_string.hpp"
#include "http/server.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace orderd::http {

/// The version that If-Match asks for. Nothing if the header is absent or `*`. Of several tags the highest
/// counts: versions only grow, so a client that has seen it can mean no older one. A tag that never was a
/// version, or a weak one, gives version 0, which nothing has. Malformed: `bad_parameter`.
[[nodiscard]] checked<std::optional<std::uint64_t>> read_if_match(const request& in);

/// Whether an If-None-Match value names `etag` or is `*`.
[[nodiscard]] bool names_etag(std::string_view if_none_match, std::string_view etag) noexcept;

} // namespace orderd::http
