/// Events as bytes, as the journal and the store's history keep them. Format: event_codec.md.
#pragma once

#include "config/result.hpp"
#include "domain/events.hpp"

#include <string>
#include <string_view>

namespace orderd {

/// Appends the event's payload to `out`. The tag, which the frame carries, is `tag_of(e)`.
void encode_event(std::string& out, const event& e);

/// The same as a store's history keeps it: a mere record without the answer's headers and body.
void encode_for_history(std::string& out, const event& e);

/// The tag and the payload of an entry of the journal: of the event alone, or with the record of its request.
[[nodiscard]] event_tag tag_of(const journal_entry& e) noexcept;
void encode_entry(std::string& out, const journal_entry& e);
/// Errors as `decode_event`.
[[nodiscard]] result<journal_entry> decode_entry(std::uint16_t tag, std::string_view payload);

/// Reads a payload. Errors: damaged (malformed, trailing bytes), newer_format (unknown tag).
[[nodiscard]] result<event> decode_event(std::uint16_t tag, std::string_view payload);

} // namespace orderd
