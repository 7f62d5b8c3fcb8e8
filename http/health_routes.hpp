/// Whether the process lives, whether it takes orders, and what is wrong meanwhile.
#pragma once

#include "actors/engine.hpp"
#include "http/router.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace orderd::http {

inline constexpr std::string_view health_path = "/health";
inline constexpr std::string_view health_live_path = "/health/live";
inline constexpr std::string_view health_ready_path = "/health/ready";

/// Appends `/health`, `/health/live` and `/health/ready`. They need no identity.
void add_health_routes(std::vector<route>& table);

/// What `/health/live` answers, engine or not.
[[nodiscard]] response live_answer();

/// How many durable events the store has not applied.
[[nodiscard]] std::uint64_t backlog_events(const engine_status& status) noexcept;

} // namespace orderd::http
