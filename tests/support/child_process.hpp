/// Servers that a test starts beside orderd, and that end with it.
#pragma once

#include "tests/support/orderd_process.hpp"

#include <sys/types.h>

#include <csignal>
#include <cstdint>
#include <optional>
#include <string>

namespace orderd::test {

struct program_user {
  uid_t uid = 0;
  gid_t gid = 0;
};

/// What to start, and how.
struct child_program {
  arguments command;                     ///< the full path of the program, and its arguments
  std::string log;                       ///< the file that gets what it prints
  int death_signal = SIGKILL;            ///< what it gets when the thread that started it ends
  std::optional<program_user> user = {}; ///< whom it runs as, if not as the test
  int channel = -1;                      ///< a socket to be its standard input and output instead
};

/// Starts a program that ends with this thread. It sees none of the test's environment and files. Throws
/// std::runtime_error if that fails.
[[nodiscard]] pid_t spawn_child(const child_program& program);

/// Waits for the end of a child; kills it and throws if that does not come.
void await_child(pid_t pid, const std::string& name, int* status = nullptr);

/// A port of 127.0.0.1 that nobody listens on, below those that the kernel hands out to clients: it stays
/// free while its server is down. Throws if there is none.
[[nodiscard]] std::uint16_t unused_port();

/// Empty if there is no such file.
[[nodiscard]] std::string file_content(const std::string& path);

/// A running server. Owned by one thread, which must outlive it. Killed at the end of the scope.
class child_process {
 public:
  /// The name is for errors.
  child_process(const child_program& program, std::string name);
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;
  ~child_process();

  [[nodiscard]] pid_t pid() const { return pid_; }
  /// Whether it has ended by itself.
  [[nodiscard]] bool ended();

  /// Asks it to end in order, and waits for that.
  void stop();
  /// Ends it at this very moment.
  void kill();
  /// It does nothing from the return of this call on; its connections stay.
  void freeze();
  /// It goes on where it was.
  void thaw();

 private:
  const std::string name_;
  const pid_t owner_;
  pid_t pid_ = -1; ///< -1 once it has ended
};

} // namespace orderd::test
