/// How the bytes of a stream get from its owner to the connection that writes them.
#pragma once

#include "http/response_stream.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace orderd::http {

struct reply_route;

/// What both ends of one stream share; here is the owner's side. Any thread.
class stream_channel {
 public:
  /// The stream answers the request number `sequence` of the connection behind `route`.
  stream_channel(std::shared_ptr<reply_route> route, std::uint64_t sequence, stream_options options) noexcept;

  /// Queues the bytes, if there are any, and tells the worker, unless it was told and has not looked yet.
  /// False if the stream has ended, be it by these bytes.
  bool give(std::shared_ptr<const std::string> bytes);
  /// Nothing more will be given.
  void end();
  [[nodiscard]] std::size_t pending() const noexcept { return pending_.load(std::memory_order_relaxed); }

 private:
  friend class stream_outlet;
  void wake() const;

  const std::shared_ptr<reply_route> route_;
  const std::uint64_t sequence_;
  const stream_options options_;
  std::atomic<std::size_t> pending_{0}; ///< changed under `mutex_`

  std::mutex mutex_;
  // All below under `mutex_`.
  std::vector<std::shared_ptr<const std::string>> given_;
  bool worker_told_ = true; ///< by the answer itself, at first
  bool above_low_water_ = false;
  bool ended_ = false;     ///< by the owner
  bool closed_ = false;    ///< by the worker, or because too much was given
  bool overflown_ = false; ///< too much was given
};

/// The worker's end of a stream. Whoever destroys it has closed the stream; so an answer that finds no client
/// needs no care. One thread at a time, in the end the worker's.
class stream_outlet {
 public:
  explicit stream_outlet(std::shared_ptr<stream_channel> channel) noexcept;
  stream_outlet(const stream_outlet&) = delete;
  stream_outlet& operator=(const stream_outlet&) = delete;
  ~stream_outlet();

  /// Takes over what was given. False if that was more than may wait: the client is to be cut.
  bool take();
  /// Takes no more from the owner, and tells it; what was given before can still be written.
  void close();
  /// Appends the next piece of some 16 KiB of what was taken, framed as chunks if `chunked`. False if there
  /// is none left.
  bool append_piece(std::string& out, bool chunked);
  /// The socket has taken all that was appended.
  void written();
  /// Whether nothing will follow what was taken.
  [[nodiscard]] bool complete() const noexcept { return complete_; }

 private:
  [[nodiscard]] std::vector<std::shared_ptr<const std::string>> shut() noexcept;
  void append_taken(std::vector<std::shared_ptr<const std::string>>&& given);
  void tell(stream_event what) const noexcept;

  std::shared_ptr<stream_channel> channel_;
  std::deque<std::shared_ptr<const std::string>> taken_;
  std::size_t offset_ = 0;   ///< of the first one, what was appended
  std::size_t appended_ = 0; ///< bytes that are not `written` yet
  bool complete_ = false;
  bool closed_ = false;
};

/// The chunk of no bytes that ends a body.
void append_last_chunk(std::string& out);

} // namespace orderd::http
