/// How answers get from any thread to the worker that owns the connection.
#pragma once

#include "http/owned_fd.hpp"
#include "http/server.hpp"
#include "http/stream_channel.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace orderd::http {

class connection;
class reply_mailbox;

/// An answer as the handler's side gave it: ready, to be rendered, the head of a stream, or (none of these) a
/// responder that was dropped.
struct reply {
  response ready;
  std::unique_ptr<deferred_response> deferred;
  bool dropped = false;
  std::unique_ptr<stream_outlet> stream = nullptr; ///< what follows `ready`
};

/// The way back to one connection. It outlives the connection in the responders that still hold it.
struct reply_route {
  std::shared_ptr<reply_mailbox> mailbox;
  /// Null once the connection is closed. Only the worker thread reads or writes it, so that no other thread
  /// can keep a connection alive or reach the one that reuses its descriptor.
  connection* target = nullptr;
  std::size_t stream_output_bytes_max = 0; ///< never changes
};

/// An answer under way to the request number `sequence` of a connection.
struct addressed_reply {
  std::shared_ptr<reply_route> route;
  std::uint64_t sequence = 0;
  reply content;
};

/// Word that the stream which answers the request number `sequence` of a connection was given something.
struct stream_notice {
  std::shared_ptr<reply_route> route;
  std::uint64_t sequence = 0;
};

/// One per worker. It holds at most one answer for each request under way and one notice for each stream,
/// outlives its worker in the routes, and discards what arrives after `close`.
class reply_mailbox {
 public:
  /// Throws std::system_error if the system has no descriptor left.
  reply_mailbox();

  /// Any thread. Rings only if nothing was waiting.
  void post(addressed_reply&& one);
  void post(stream_notice&& one);
  /// Any thread. Wakes the worker without an answer.
  void ring() const noexcept;
  /// Worker thread. Swaps what has arrived into these, which must be empty. A stream's answer is never behind
  /// a notice of it.
  void take(std::vector<addressed_reply>& replies, std::vector<stream_notice>& notices);
  /// Any thread.
  void close();

  /// Becomes readable with each ring. It is never read: poll it edge-triggered.
  [[nodiscard]] int event_fd() const noexcept { return event_.get(); }

  /// Marks the calling thread as the one that owns the connections behind this mailbox.
  void adopt_thread() const noexcept;
  [[nodiscard]] bool is_own_thread() const noexcept;

 private:
  owned_fd event_;
  std::mutex mutex_;
  std::vector<addressed_reply> waiting_;
  std::vector<stream_notice> notices_;
  bool closed_ = false;
};

} // namespace orderd::http
