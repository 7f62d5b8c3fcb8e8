/// Which traces are recorded.
#pragma once

#include <cstdint>

namespace orderd {

/// How it is decided whether a trace that begins here, or comes from outside, is recorded: as OpenTelemetry's
/// samplers of these names do.
enum class trace_sampler : std::uint8_t {
  always_on,
  always_off,
  ratio,
  parent_always_on,
  parent_always_off,
  parent_ratio,
};

} // namespace orderd
