/// Events as bytes, as the journal and the store's history keep them. Format: event_codec.md.
#pragma once

#include "config/result.hpp"
#include "domain/events.hpp"

#include <string>
#include <string_view>

namespace orderd {

/// Appends the event's payload to `out`. The tag, which the frame carries, is `tag_of(e)`.
void encode_event(std::string& out, const event& e);

/// Reads a payload. Errors: damaged (malformed, trailing bytes), newer_format (unknown tag).
[[nodiscard]] result<event> decode_event(std::uint16_t tag, std::string_view payload);

} // namespace orderd
