/// The signals that end the process in order.
#pragma once

#include <chrono>
#include <csignal>
#include <functional>
#include <vector>

namespace orderd::http {

/// SIGINT and SIGTERM, kept until they are asked for; SIGPIPE is ignored. Construct before any thread starts,
/// which all inherit that; the main thread asks.
class ending_signals {
 public:
  ending_signals() noexcept;

  /// From now on SIGHUP does not end the process: the waits call `renew` for it, behind those given before,
  /// on the main thread, and go on. Before any thread starts, which all inherit that.
  void on_hangup(std::function<void()> renew);

  /// Whether one has come and waits to be taken. Any thread.
  [[nodiscard]] bool pending() const noexcept;
  /// Takes one; waits for it without end, or at most so long. True if one came, which is logged.
  bool wait();
  bool wait_for(std::chrono::milliseconds longest);

 private:
  /// Whether the signal ends the process; does what another one is for.
  bool take(int signal);

  sigset_t set_; ///< what is waited for
  std::vector<std::function<void()>> renewals_;
};

} // namespace orderd::http
