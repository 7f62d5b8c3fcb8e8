/// Tells threads that wait for a database to wait no longer.
#pragma once

namespace orderd {

/// Raised once, and never taken back. Any thread; outlives those who wait on it.
class stop_signal {
 public:
  stop_signal();
  stop_signal(const stop_signal&) = delete;
  stop_signal& operator=(const stop_signal&) = delete;
  ~stop_signal();

  void raise() noexcept;
  [[nodiscard]] bool is_raised() const noexcept;
  /// Readable (for `poll`) once it is raised.
  [[nodiscard]] int fd() const noexcept { return fd_; }

 private:
  int fd_; ///< eventfd, never read
};

} // namespace orderd
