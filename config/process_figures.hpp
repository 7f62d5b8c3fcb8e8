/// What the operating system says of this process.
#pragma once

#include <cstdint>

namespace orderd {

struct process_figures {
  double cpu_seconds = 0;           ///< of all threads, in user and kernel mode, since the start
  std::uint64_t resident_bytes = 0; ///< memory that is not swapped out
  std::uint64_t open_fds = 0;       ///< descriptors
  double start_time_seconds = 0;    ///< since 1970; the same at each call
};

/// A few system calls, whose cost does not grow with the process. What cannot be told is 0. Any thread.
[[nodiscard]] process_figures read_process_figures();

} // namespace orderd
