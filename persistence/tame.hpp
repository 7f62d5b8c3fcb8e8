/// What may be kept and shown of a stranger's words. Pure.
#pragma once

#include <string>
#include <string_view>

namespace orderd {

/// The front part of `text`, of at most `limits::reason_bytes_max` bytes: a control character becomes a
/// blank, and a byte that is not UTF-8 a replacement character, for stores take UTF-8 alone.
[[nodiscard]] std::string tame(std::string_view text);

} // namespace orderd
