/// What a client prefers about its answer (RFC 7240).
#pragma once

#include "config/durability.hpp"
#include "http/server.hpp"

#include <optional>
#include <string_view>

namespace orderd::http {

/// The durability that the Prefer fields ask for: `durability=memory`, `journal` or `store`. Of several the
/// first counts. Nothing if there is none or it names something else: what a server does not know of a
/// preference it passes over.
[[nodiscard]] std::optional<durability_mode> preferred_durability(const request& in);

/// The value of Preference-Applied that names `granted`. A literal.
[[nodiscard]] std::string_view applied_preference(durability_mode granted) noexcept;

} // namespace orderd::http
