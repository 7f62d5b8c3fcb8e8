#include "config/clock.hpp"

namespace orderd {

timestamp system_clock_port::now() const noexcept {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

} // namespace orderd
