#include "config/process_figures.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

namespace orderd {

namespace {

[[nodiscard]] double seconds_of(const timeval& span) {
  return static_cast<double>(span.tv_sec) + static_cast<double>(span.tv_usec) / 1e6;
}

[[nodiscard]] double seconds_of(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

[[nodiscard]] double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  return seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
}

[[nodiscard]] std::uint64_t resident_bytes() {
  std::uint64_t all_pages = 0;
  std::uint64_t resident_pages = 0;
  std::ifstream("/proc/self/statm") >> all_pages >> resident_pages;
  return resident_pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

/// Newer kernels give their number as the folder's size; older ones have them counted.
[[nodiscard]] std::uint64_t open_fds() {
  struct stat folder {};
  if (::stat("/proc/self/fd", &folder) == 0 && folder.st_size > 0)
    return static_cast<std::uint64_t>(folder.st_size);
  std::error_code failed;
  const std::filesystem::directory_iterator all("/proc/self/fd", failed);
  if (failed)
    return 0;
  return static_cast<std::uint64_t>(std::distance(begin(all), end(all)));
}

/// Field 22 of /proc/self/stat counts from the boot; the name in field 2 may hold anything, brackets too.
[[nodiscard]] double start_time_seconds() {
  constexpr int fields_between = 19;
  std::ifstream file("/proc/self/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  auto at = text.rfind(')');
  for (int i = 0; i <= fields_between && at != std::string::npos; ++i)
    at = text.find(' ', at + 1);
  if (at == std::string::npos)
    return 0;
  const auto ticks = std::strtoull(text.c_str() + at, nullptr, 10);
  const auto since_boot = static_cast<double>(ticks) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  return seconds_of(CLOCK_REALTIME) - seconds_of(CLOCK_BOOTTIME) + since_boot;
}

} // namespace

process_figures read_process_figures() {
  static const double started = start_time_seconds();
  return {cpu_seconds(), resident_bytes(), open_fds(), started};
}

} // namespace orderd
