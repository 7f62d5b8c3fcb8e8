/// Where the time comes from. Everything that decides takes the time as an argument; shells ask this port.
#pragma once

#include "domain/time.hpp"

namespace orderd {

/// A source of the present moment in UTC. Any thread may ask.
class clock_port {
 public:
  virtual ~clock_port() = default;

  /// Wall-clock time in whole milliseconds, rounded down. It may step back when the machine's clock is set,
  /// so a difference of two readings is no measure of how long something took.
  [[nodiscard]] virtual timestamp now() const noexcept = 0;
};

/// The machine's clock.
class system_clock_port final : public clock_port {
 public:
  [[nodiscard]] timestamp now() const noexcept override;
};

} // namespace orderd
