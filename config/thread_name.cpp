#include "config/thread_name.hpp"

#include <pthread.h>

#include <array>
#include <cstring>

namespace orderd {

void name_this_thread(const char* name) noexcept {
  constexpr std::size_t kernel_max = 15;
  std::array<char, kernel_max + 1> cut{};
  std::strncpy(cut.data(), name, kernel_max);
  pthread_setname_np(pthread_self(), cut.data());
}

} // namespace orderd
