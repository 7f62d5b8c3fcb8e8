/// A real NATS server of a test's own, with JetStream, below a temporary folder and on 127.0.0.1.
#pragma once

#include "tests/support/child_process.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace orderd::test {

/// Owned by one thread, which must outlive it: the server ends when that thread does, however it ends.
/// Everything throws std::runtime_error if it fails or takes too long.
class nats_server {
 public:
  /// Starts the server. The settings are lines for its configuration file.
  explicit nats_server(arguments settings = {});
  nats_server(const nats_server&) = delete;
  nats_server& operator=(const nats_server&) = delete;

  /// The same over all starts.
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string url() const { return "nats://127.0.0.1:" + std::to_string(port_); }
  /// All that the server has logged.
  [[nodiscard]] std::string log() const;

  /// Asks it to end in order, and waits for that.
  void stop();
  /// Ends it at this very moment.
  void kill();
  /// Starts it again on what it has stored; kills it first if it still runs. Returns when JetStream answers.
  void restart();
  /// It does nothing from the return of this call on; its connections stay, and new ones wait.
  void freeze();
  /// It goes on where it was.
  void thaw();

 private:
  [[nodiscard]] bool launch();

  const arguments settings_;
  temporary_folder folder_;
  std::uint16_t port_ = 0;
  std::unique_ptr<child_process> process_; ///< null while the server is down
};

} // namespace orderd::test
