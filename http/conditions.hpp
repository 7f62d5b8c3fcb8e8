/// Conditional requests (RFC 9110, section 13).
#pragma once

#include "http/query_string.hpp"
#include "http/server.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace orderd::http {

/// The one version that If-Match asks for; nothing if the header is absent or `*`. Tags that never were a
/// version of ours, and weak ones, match nothing and are passed over; if no other is left the version is 0,
/// which nothing that exists has. `bad_parameter` if malformed, or if several versions are left: a change is
/// made under one entity tag.
[[nodiscard]] checked<std::optional<std::uint64_t>> read_if_match(const request& in);

/// Whether an If-None-Match value names `etag` or is `*`.
[[nodiscard]] bool names_etag(std::string_view if_none_match, std::string_view etag) noexcept;

} // namespace orderd::http
