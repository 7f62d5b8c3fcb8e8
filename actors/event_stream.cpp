#include "actors/event_stream.hpp"

#include <algorithm>
#include <charconv>

namespace orderd {

bool event_filter::lets_through(const cloud_event& event) const noexcept {
  return (types.empty() || std::find(types.begin(), types.end(), event.type) != types.end()) &&
         (subject.empty() || subject == event.subject) &&
         (!customer_id || (!customer_id->empty() && *customer_id == event.customer_id));
}

std::string to_text(const event_position& at) {
  return std::to_string(at.seq) + '.' + std::to_string(at.index);
}

std::optional<event_position> parse_event_position(std::string_view text) noexcept {
  event_position at;
  const auto* const end = text.data() + text.size();
  const auto seq = std::from_chars(text.data(), end, at.seq);
  if (seq.ec != std::errc{} || seq.ptr == end || *seq.ptr != '.')
    return std::nullopt;
  const auto index = std::from_chars(seq.ptr + 1, end, at.index);
  if (index.ec != std::errc{} || index.ptr != end)
    return std::nullopt;
  return at;
}

} // namespace orderd
