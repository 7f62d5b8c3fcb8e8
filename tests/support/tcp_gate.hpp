/// A stretch of network between a client and a server, which a test can cut or stall.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <thread>

namespace orderd::test {

/// Forwards connections on 127.0.0.1 from a port of its own to another one, in a thread of its own. Open at
/// first. Each change is in force when its call returns. Any thread.
class tcp_gate {
 public:
  explicit tcp_gate(std::uint16_t target);
  tcp_gate(const tcp_gate&) = delete;
  tcp_gate& operator=(const tcp_gate&) = delete;
  ~tcp_gate();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// Connections that clients have made so far, those that were cut at once too.
  [[nodiscard]] std::size_t accepted() const { return accepted_; }

  /// Forwards; what was stalled goes on.
  void open() { change(mode::open); }
  /// Ends all connections with a reset, new ones as well.
  void cut() { change(mode::cut); }
  /// Accepts and keeps connections, but forwards nothing in either direction. Bytes wait.
  void stall() { change(mode::stalled); }
  /// Forwards to the server, but answers wait.
  void stall_answers() { change(mode::answers_stalled); }

 private:
  enum class mode : std::uint8_t { open, cut, stalled, answers_stalled, ended };

  /// One direction of a connection.
  struct stream {
    std::string bytes; ///< received and not yet sent
    bool ended = false;
  };
  struct link {
    int client = -1;
    int server = -1; ///< connected when the gate lets it
    stream requests;
    stream answers;
    bool broken = false;
  };

  void change(mode next);
  void serve();
  void accept_one();
  void wait_and_forward();
  void forward(link& each, short client_events, short server_events);
  void connect_links();
  void close_links(bool all);

  const std::uint16_t target_;
  std::uint16_t port_ = 0;
  std::atomic<std::size_t> accepted_ = 0;
  int listener_ = -1;
  int wake_ = -1; ///< eventfd
  std::mutex mutex_;
  std::condition_variable applied_;
  mode wanted_ = mode::open;
  bool changed_ = false;
  // The thread's own.
  mode mode_ = mode::open;
  std::list<link> links_;
  std::thread thread_;
};

} // namespace orderd::test
