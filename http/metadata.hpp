/// An order's metadata: any JSON object, kept as minified text.
#pragma once

#include "actors/requests.hpp"

#include <string>

namespace orderd::http {

/// Merges `patch` into `current` as RFC 7396 has it: null removes, objects merge, all else replaces. Both are
/// objects that were validated before. Refused as `invalid_field` if the result passes metadata_bytes_max.
/// Any thread.
[[nodiscard]] decision<std::string> merge_metadata(const std::string& current, const std::string& patch);

/// The merge with `patch`, for the owner of the order to run.
[[nodiscard]] metadata_merge merge_with(std::string patch);

} // namespace orderd::http
