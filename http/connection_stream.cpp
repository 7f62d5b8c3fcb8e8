#include "http/connection.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <utility>

namespace orderd::http {
namespace {

/// Unsent bytes that the system holds of a stream. The rest waits where its owner counts it and can give up a
/// client that is too slow, rather than in megabytes of socket buffer.
constexpr int stream_unsent_bytes = 64 * 1024;

} // namespace

void connection::on_stream(std::uint64_t sequence) {
  if (phase_ == phase::streaming && sequence == sequence_)
    serve();
}

void connection::begin_stream(reply& content) {
  append_stream_head(output_, content.ready, context_.date.now(), !request_is_1_0_);
  if (request_is_head_)
    return enter(phase::closing, context_.shared.limits.write_stall_timeout);
  static_cast<void>(
      ::setsockopt(fd_, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &stream_unsent_bytes, sizeof stream_unsent_bytes));
  stream_ = std::move(content.stream);
  phase_ = phase::streaming;
}

/// Writes what the stream was given until now, as far as the socket takes it. What is given meanwhile has its
/// own notice, so that one busy stream does not keep the others waiting.
void connection::pump_stream() {
  input_ = {};
  if (!stream_->take()) {
    phase_ = phase::finished;
    return;
  }
  if (input_ended())
    stream_->close();
  while (unsent() == 0 && phase_ == phase::streaming) {
    output_is_stream_ = true;
    stream_->written();
    if (!stream_->append_piece(output_, !request_is_1_0_)) {
      if (!stream_->complete())
        return;
      if (!request_is_1_0_)
        append_last_chunk(output_);
      stream_.reset();
      enter(phase::closing, context_.shared.limits.write_stall_timeout);
    }
    flush();
  }
}

} // namespace orderd::http
