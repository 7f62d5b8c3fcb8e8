/// JSON Schemas (draft 2020-12) of what event_payloads.hpp writes, and of the envelope around it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace orderd {

/// The schema of the envelope in structured mode; the others have the names of the types of events.
inline constexpr std::string_view envelope_schema = "cloud_event";

/// The names of all, the envelope's last.
[[nodiscard]] const std::vector<std::string>& event_schema_names();
/// The text of one; its `$id` is `schema_urn(name)`. Nothing for another name.
[[nodiscard]] std::optional<std::string> event_schema(std::string_view name);

} // namespace orderd
