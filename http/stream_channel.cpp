#include "http/stream_channel.hpp"

#include "domain/assert.hpp"
#include "http/reply_mailbox.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <string_view>
#include <utility>

namespace orderd::http {
namespace {

/// How much of a stream is copied for the socket at a time. A client that does not read holds no more of what
/// it shares with other clients.
constexpr std::size_t piece_bytes = 16 * 1024;

void append_chunk_size(std::string& out, std::size_t size) {
  char digits[16];
  const auto end = std::to_chars(digits, digits + sizeof digits, size, 16).ptr;
  out.append(digits, end);
  out.append("\r\n");
}

} // namespace

void append_last_chunk(std::string& out) { out.append("0\r\n\r\n"); }

stream_channel::stream_channel(std::shared_ptr<reply_route> route, std::uint64_t sequence,
                               stream_options options) noexcept
    : route_(std::move(route)), sequence_(sequence), options_(std::move(options)) {}

void stream_channel::wake() const { route_->mailbox->post(stream_notice{route_, sequence_}); }

bool stream_channel::give(std::shared_ptr<const std::string> bytes) {
  const auto most = route_->stream_output_bytes_max;
  bool tell_worker = false;
  bool accepted = false;
  {
    const std::lock_guard guard(mutex_);
    if (closed_ || ended_)
      return false;
    if (bytes->empty()) // As a chunk it would end the body.
      return true;
    const auto pending = pending_.load(std::memory_order_relaxed) + bytes->size();
    accepted = pending <= most;
    if (accepted) {
      given_.push_back(std::move(bytes));
      pending_.store(pending, std::memory_order_relaxed);
      above_low_water_ = above_low_water_ || pending > options_.low_water_bytes;
    } else {
      closed_ = overflown_ = true;
      pending_.store(0, std::memory_order_relaxed);
    }
    tell_worker = !std::exchange(worker_told_, true);
  }
  if (tell_worker)
    wake();
  return accepted;
}

void stream_channel::end() {
  bool tell_worker = false;
  {
    const std::lock_guard guard(mutex_);
    ended_ = true;
    tell_worker = !closed_ && !std::exchange(worker_told_, true);
  }
  if (tell_worker)
    wake();
}

stream_outlet::stream_outlet(std::shared_ptr<stream_channel> channel) noexcept
    : channel_(std::move(channel)) {}

stream_outlet::~stream_outlet() { static_cast<void>(shut()); }

void stream_outlet::append_taken(std::vector<std::shared_ptr<const std::string>>&& given) {
  taken_.insert(taken_.end(), std::make_move_iterator(given.begin()), std::make_move_iterator(given.end()));
}

bool stream_outlet::take() {
  std::vector<std::shared_ptr<const std::string>> given;
  {
    const std::lock_guard guard(channel_->mutex_);
    channel_->worker_told_ = false;
    channel_->given_.swap(given);
    complete_ = complete_ || channel_->ended_;
    if (channel_->overflown_)
      return false;
  }
  append_taken(std::move(given));
  return true;
}

void stream_outlet::close() { append_taken(shut()); }

/// Returns what was not taken yet.
std::vector<std::shared_ptr<const std::string>> stream_outlet::shut() noexcept {
  std::vector<std::shared_ptr<const std::string>> given;
  if (std::exchange(closed_, true))
    return given;
  complete_ = true;
  bool owner_waits = false;
  {
    const std::lock_guard guard(channel_->mutex_);
    channel_->given_.swap(given);
    channel_->closed_ = true;
    channel_->pending_.store(0, std::memory_order_relaxed);
    owner_waits = !channel_->ended_;
  }
  if (owner_waits)
    tell(stream_event::closed);
  return given;
}

bool stream_outlet::append_piece(std::string& out, bool chunked) {
  const auto before = appended_;
  while (!taken_.empty() && appended_ - before < piece_bytes) {
    const std::string_view bytes = *taken_.front();
    if (chunked && offset_ == 0)
      append_chunk_size(out, bytes.size());
    const auto piece = bytes.substr(offset_, piece_bytes - (appended_ - before));
    out.append(piece);
    offset_ += piece.size();
    appended_ += piece.size();
    if (offset_ < bytes.size())
      break;
    if (chunked)
      out.append("\r\n");
    taken_.pop_front();
    offset_ = 0;
  }
  return appended_ > before;
}

void stream_outlet::written() {
  const auto bytes = std::exchange(appended_, 0);
  if (bytes == 0)
    return;
  bool drained = false;
  {
    const std::lock_guard guard(channel_->mutex_);
    // Closed, it counts as 0 already.
    if (channel_->closed_)
      return;
    const auto pending = channel_->pending_.load(std::memory_order_relaxed) - bytes;
    channel_->pending_.store(pending, std::memory_order_relaxed);
    drained = channel_->above_low_water_ && pending <= channel_->options_.low_water_bytes;
    if (drained)
      channel_->above_low_water_ = false;
    drained = drained && !channel_->ended_;
  }
  if (drained)
    tell(stream_event::drained);
}

void stream_outlet::tell(stream_event what) const noexcept {
  try {
    if (channel_->options_.on_event)
      channel_->options_.on_event(what);
  } catch (...) {
    // An owner that breaks its promise must not take the worker with it; its next write tells it the same.
  }
}

response_stream::response_stream(std::shared_ptr<stream_channel> channel) noexcept
    : channel_(std::move(channel)) {}

response_stream& response_stream::operator=(response_stream&& other) noexcept {
  // The temporary takes over the stream that was here, and ends it as it goes.
  response_stream moved(std::move(other));
  std::swap(channel_, moved.channel_);
  return *this;
}

response_stream::~response_stream() { end(); }

bool response_stream::write(std::shared_ptr<const std::string> bytes) noexcept {
  ORDERD_ASSERT(bytes != nullptr);
  return channel_ && channel_->give(std::move(bytes));
}

void response_stream::end(std::string last) noexcept {
  const auto channel = std::exchange(channel_, nullptr);
  if (!channel)
    return;
  if (!last.empty())
    channel->give(std::make_shared<const std::string>(std::move(last)));
  channel->end();
}

std::size_t response_stream::pending_bytes() const noexcept { return channel_ ? channel_->pending() : 0; }

} // namespace orderd::http
