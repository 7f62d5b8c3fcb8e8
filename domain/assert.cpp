#include "domain/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace orderd {

void assertion_failed(const char* expression, const char* file, int line) noexcept {
  std::fprintf(stderr, "orderd: invariant broken: %s (%s:%d)\n", expression, file, line);
  std::abort();
}

} // namespace orderd
