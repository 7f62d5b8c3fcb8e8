/// One client's connection: reads, frames, dispatches and answers one request after the other.
#pragma once

#include "http/input_buffer.hpp"
#include "http/reply_mailbox.hpp"
#include "http/request_framer.hpp"
#include "http/server_state.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace orderd::http {

/// What a connection waits for.
struct socket_interest {
  bool read = false;
  bool write = false;
  friend bool operator==(const socket_interest&, const socket_interest&) = default;
};

/// Belongs to one worker and is touched by its thread alone. It uses the socket but does not own it: after
/// every call its owner looks at `finished` and `wanted`.
class connection {
 public:
  connection(int fd, std::string peer, worker_context& context, std::shared_ptr<reply_mailbox> mailbox);
  ~connection();
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  /// Answers 503 without waiting for a request, and closes.
  void turn_away();
  void on_readable();
  void on_writable();
  /// The socket is dead in both directions.
  void on_hangup();
  void on_reply(std::uint64_t sequence, reply& content);
  /// The stream that answers request number `sequence` was given something.
  void on_stream(std::uint64_t sequence);
  /// Looks at the deadlines.
  void on_tick();
  /// Reads what has arrived, and closes unless an answer is owed. From now on every answer is the last, and a
  /// stream ends.
  void begin_drain();

  /// Takes an answer that its own handler gives while it runs; false if this is not such an answer.
  bool take_within_handler(std::uint64_t sequence, reply& content);

  [[nodiscard]] int fd() const noexcept { return fd_; }
  [[nodiscard]] bool finished() const noexcept { return phase_ == phase::finished; }
  [[nodiscard]] socket_interest wanted() const noexcept;
  /// Whether the client would miss something if the connection were cut now.
  [[nodiscard]] bool owes_answer() const noexcept;

 private:
  enum class phase : std::uint8_t {
    idle,      ///< between requests
    head,      ///< some of a head is there
    body,      ///< the head is there
    awaiting,  ///< the handler has the request
    streaming, ///< its answer has begun and goes on; what the client still sends is discarded
    closing,   ///< the last answer is being written
    lingering, ///< it is written; what the client still sends is discarded, so that no reset overtakes it
    finished,  ///< to be closed
  };

  bool receive();
  void discard_input();
  void serve();
  bool advance();
  bool frame_one();
  bool skip_empty_lines();
  void wait_for_input();
  void dispatch();
  void append_answer(reply& content);
  void append_last(const response& answer);
  void begin_stream(reply& content);
  void pump_stream();
  void fail(int status, std::string_view code, std::string_view detail);
  [[nodiscard]] response render_error(int status, std::string_view code, std::string_view detail) const;
  void flush();
  void output_refused();
  void output_written();
  void enter(phase next, std::chrono::milliseconds allowed);

  [[nodiscard]] bool input_ended() const noexcept { return peer_closed_ || draining_; }
  [[nodiscard]] bool receiving() const noexcept { return phase_ <= phase::body; }
  [[nodiscard]] std::size_t unsent() const noexcept { return output_.size() - sent_; }
  [[nodiscard]] bool output_blocked() const noexcept;
  [[nodiscard]] std::size_t bytes_behind_request() noexcept;

  int fd_;
  phase phase_ = phase::idle;
  bool peer_closed_ = false;   ///< the client has ended its side
  bool draining_ = false;      ///< no more input is taken
  bool write_blocked_ = false; ///< the socket took less than it was given
  bool in_handler_ = false;
  bool request_keep_alive_ = false;
  bool request_is_head_ = false;
  bool request_is_1_0_ = false;
  bool output_is_stream_ = false; ///< what is unsent comes from a stream: nothing is owed
  worker_context& context_;
  std::shared_ptr<reply_route> route_;
  std::uint64_t sequence_ = 0;
  std::chrono::steady_clock::time_point deadline_;
  std::chrono::steady_clock::time_point write_deadline_;
  input_buffer input_;
  request_framer framer_;
  std::unique_ptr<stream_outlet> stream_; ///< while streaming
  std::size_t discarded_behind_ = 0;      ///< bytes behind the request that is being answered by the stream
  std::string output_;
  std::size_t sent_ = 0;
  std::string peer_;
};

} // namespace orderd::http
