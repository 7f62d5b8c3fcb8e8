/// A client of JetStream for tests: publishes, and reads what a stream holds.
#pragma once

#include "tests/support/header_list.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace orderd::test {

/// Whether a server is there whose JetStream answers. Takes a few seconds at most.
[[nodiscard]] bool has_jetstream(const std::string& url);

struct nats_message {
  std::string subject;
  header_list headers; ///< names as they were sent
  std::string data;
  std::uint64_t sequence = 0; ///< in the stream, from 1

  /// Of exactly that name; empty if there is none.
  [[nodiscard]] std::string header(std::string_view name) const { return header_of(headers, name); }
};

struct nats_ack {
  std::uint64_t sequence = 0; ///< in the stream
  bool duplicate = false;     ///< the stream already had its Nats-Msg-Id
};

/// How far a consumer of a stream is.
struct nats_progress {
  std::uint64_t undelivered = 0;    ///< messages that have never been delivered
  std::uint64_t unacknowledged = 0; ///< delivered ones
};

/// For one thread. Stays and connects again when its server goes down. Everything throws std::runtime_error
/// if it fails.
class nats_client {
 public:
  explicit nats_client(const std::string& url);
  nats_client(const nats_client&) = delete;
  nats_client& operator=(const nats_client&) = delete;
  ~nats_client();

  /// Makes a stream on disk that takes these subjects; no change if it is there.
  void create_stream(const std::string& stream, const std::vector<std::string>& subjects);
  void delete_stream(const std::string& stream);
  [[nodiscard]] bool has_stream(const std::string& stream);
  /// How many messages the stream holds.
  [[nodiscard]] std::uint64_t count(const std::string& stream);

  /// Returns when the stream has it. If that fails, the stream may have it all the same.
  nats_ack publish(const std::string& subject, const std::string& data, const header_list& headers = {});

  /// All that the stream holds under that subject (which may have wildcards), from its first message on.
  /// Waits until there are `at_least` so many. Goes on behind what it has when the server is restarted.
  [[nodiscard]] std::vector<nats_message> read(const std::string& stream, const std::string& subject = ">",
                                               std::size_t at_least = 0, int guard_seconds = 60);

  /// The names of the stream's consumers.
  [[nodiscard]] std::vector<std::string> consumers(const std::string& stream);
  void delete_consumer(const std::string& stream, const std::string& consumer);
  [[nodiscard]] nats_progress progress(const std::string& stream, const std::string& consumer);
  /// How long the server waits for an acknowledgement before it delivers again, also what is delivered
  /// already. Until the consumer's owner says otherwise.
  void set_ack_wait(const std::string& stream, const std::string& consumer, std::chrono::milliseconds wait);

 private:
  struct link;
  class reading;
  std::unique_ptr<link> link_;
};

} // namespace orderd::test
