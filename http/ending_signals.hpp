/// The signals that end the process in order.
#pragma once

#include <chrono>
#include <csignal>

namespace orderd::http {

/// SIGINT and SIGTERM, kept until they are asked for; SIGPIPE is ignored. Construct before any thread starts,
/// which all inherit that; the main thread asks.
class ending_signals {
 public:
  ending_signals() noexcept;

  /// Whether one has come and waits to be taken. Any thread.
  [[nodiscard]] bool pending() const noexcept;
  /// Takes one; waits for it without end, or at most so long. True if one came, which is logged.
  bool wait() noexcept;
  bool wait_for(std::chrono::milliseconds longest) noexcept;

 private:
  sigset_t set_;
};

} // namespace orderd::http
