#include "tests/support/nats_server.hpp"

#include "tests/support/nats_client.hpp"

#include <unistd.h>

#include <fstream>
#include <stdexcept>
#include <utility>

namespace orderd::test {
namespace {

constexpr int guard_seconds = 120;

/// Debian puts it where only root's PATH looks.
[[nodiscard]] std::string program_path() {
  for (const char* path : {"/usr/sbin/nats-server", "/usr/bin/nats-server", "/usr/local/bin/nats-server"})
    if (::access(path, X_OK) == 0)
      return path;
  throw std::runtime_error("nats-server is not installed: deploy/install-packages test");
}

} // namespace

nats_server::nats_server(arguments settings) : settings_(std::move(settings)) {
  // Another program may take the port first.
  for (int attempt = 0; attempt < 10; ++attempt) {
    port_ = unused_port();
    if (launch())
      return;
  }
  throw std::runtime_error("nats-server does not start:\n" + log());
}

std::string nats_server::log() const { return file_content(folder_.path() + "/log"); }

bool nats_server::launch() {
  std::ofstream file(folder_.path() + "/nats.conf");
  file << "listen: \"127.0.0.1:" << port_ << "\"\n"
       << "jetstream { store_dir: \"" << folder_.path() << "/store\" }\n";
  for (const auto& each : settings_)
    file << each << '\n';
  file.close();
  const auto log_begin = log().size();
  process_ = std::make_unique<child_process>(
      child_program{{program_path(), "--config", folder_.path() + "/nats.conf"}, folder_.path() + "/log"},
      "nats-server");
  eventually(
      "a NATS server with JetStream",
      [&] {
        // The log is this server's: whoever else has the port would answer as well.
        return process_->ended() ||
               (log().find("Server is ready", log_begin) != std::string::npos && has_jetstream(url()));
      },
      guard_seconds);
  if (process_->ended())
    process_.reset();
  return process_ != nullptr;
}

void nats_server::stop() {
  if (process_ != nullptr)
    process_->stop();
  process_.reset();
}

void nats_server::kill() {
  if (process_ != nullptr)
    process_->kill();
  process_.reset();
}

void nats_server::restart() {
  kill();
  if (!launch())
    throw std::runtime_error("nats-server does not start:\n" + log());
}

void nats_server::freeze() {
  if (process_ == nullptr)
    throw std::runtime_error("nats-server does not run");
  process_->freeze();
}

void nats_server::thaw() {
  if (process_ != nullptr)
    process_->thaw();
}

} // namespace orderd::test
