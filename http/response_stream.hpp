/// An answer whose body goes on for as long as its owner has something to say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace orderd::http {

class stream_channel;

/// What a stream tells its owner.
enum class stream_event : std::uint8_t {
  drained, ///< `pending_bytes` was above the low-water mark and has come down to it
  closed,  ///< nothing more can be written: the client or the server has gone, or the client was too slow
};

/// How a stream keeps its owner informed.
struct stream_options {
  std::size_t low_water_bytes = 0;
  /// May be empty. Called on the worker's thread, and when the server has ended already on the thread that
  /// ends it or calls `responder::stream`; perhaps before that has returned. It must neither block nor throw.
  /// `closed` comes once and last, unless the owner ended the stream before; a call that is under way may
  /// still run when `end` or the destructor returns.
  std::function<void(stream_event)> on_event;
};

/// The owner's end of a streamed answer. For one thread at a time; only `pending_bytes` is for any. It may
/// outlive the connection and the server, and can reach no other client than that of its request.
///
/// A stream ends when its owner ends or drops it; when its client closes, or only its sending side (the two
/// look alike until something is written, and a client that left must be noticed while there is nothing to
/// write); when the client takes nothing for `write_stall_timeout` while something waits for it; when more
/// waits than `stream_output_bytes_max`; when it sends much behind its request; and when the server drains.
/// There is no idle timeout. What was given before an end that is not a cut is still written. The connection
/// closes with its stream, and requests behind it are not answered.
class response_stream {
 public:
  response_stream() noexcept = default;
  explicit response_stream(std::shared_ptr<stream_channel> channel) noexcept;
  response_stream(response_stream&&) noexcept = default;
  response_stream& operator=(response_stream&&) noexcept;
  response_stream(const response_stream&) = delete;
  response_stream& operator=(const response_stream&) = delete;
  ~response_stream();

  /// Hands over bytes (not null), one chunk of the body, and does not wait; they are copied only piece by
  /// piece as the socket takes them. False if the stream has ended: the owner drops it. True promises no
  /// arrival.
  bool write(std::shared_ptr<const std::string> bytes) noexcept;

  /// Ends the body behind what was given and `last`, and closes the connection; a client that does not take
  /// it is cut after `write_stall_timeout`. Nothing if it has ended. No event comes any more.
  void end(std::string last = {}) noexcept;

  /// Of the bytes given, those that the socket has not taken yet; what is being sent counts until some 16 KiB
  /// of it are through. 0 once the stream has ended.
  [[nodiscard]] std::size_t pending_bytes() const noexcept;

  /// Whether its owner still has to end it.
  [[nodiscard]] explicit operator bool() const noexcept { return channel_ != nullptr; }

 private:
  std::shared_ptr<stream_channel> channel_;
};

} // namespace orderd::http
