#include "http/connection.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace orderd::http {
namespace {

/// Memory that an output buffer keeps between answers.
constexpr std::size_t retained_output_bytes_max = 64 * 1024;
/// How much is read at a time when it is thrown away.
constexpr std::size_t discard_bytes = 16 * 1024;

/// How often a connection is read for a last time: enough for the largest request in the socket's buffer.
constexpr int drain_reads_max = 64;

/// What a client may send behind a request that is answered by a stream. None of it will be answered, and a
/// client that goes on must not keep its worker busy.
constexpr std::size_t discarded_behind_max = 64 * 1024;

} // namespace

connection::connection(int fd, std::string peer, worker_context& context,
                       std::shared_ptr<reply_mailbox> mailbox)
    : fd_(fd), context_(context),
      route_(std::make_shared<reply_route>(
          reply_route{std::move(mailbox), this, context.shared.limits.stream_output_bytes_max})),
      framer_(context.shared.limits, context.shared.bodies), peer_(std::move(peer)) {
  enter(phase::idle, context_.shared.limits.idle_timeout);
}

connection::~connection() { route_->target = nullptr; }

void connection::enter(phase next, std::chrono::milliseconds allowed) {
  phase_ = next;
  deadline_ = context_.now + allowed;
}

bool connection::output_blocked() const noexcept {
  return unsent() >= context_.shared.limits.unread_output_bytes_max;
}

socket_interest connection::wanted() const noexcept {
  socket_interest wanted;
  wanted.write = unsent() > 0;
  if (peer_closed_ || finished())
    return wanted;
  if (receiving())
    wanted.read = !output_blocked();
  else
    wanted.read = phase_ != phase::awaiting || (!draining_ && input_.room_without_growth() > 0);
  return wanted;
}

bool connection::owes_answer() const noexcept {
  return phase_ == phase::awaiting || (phase_ != phase::finished && unsent() > 0 && !output_is_stream_);
}

void connection::turn_away() {
  fail(503, "overloaded", detail_of_refused_connection);
  flush();
}

void connection::on_readable() {
  if (phase_ == phase::closing || phase_ == phase::lingering)
    return discard_input();
  if (phase_ == phase::streaming) {
    discard_input();
    return serve();
  }
  receive();
  serve();
}

/// Reads once. False when there was nothing to read.
bool connection::receive() {
  if (input_.room() == 0) {
    // While a request is with its handler, what follows waits in the room there is. Else the buffer grows
    // with what has really arrived: a promised length alone must not cost its memory.
    const std::size_t larger = phase_ == phase::awaiting ? 0 : 4 * input_.size();
    const std::size_t expected = framer_.bytes_expected();
    input_.make_room(expected > input_.size() ? std::min(expected, larger) : larger);
  }
  if (input_.room() == 0)
    return false;
  const auto count = ::recv(fd_, input_.tail(), input_.room(), 0);
  if (count > 0) {
    input_.commit(static_cast<std::size_t>(count));
    return true;
  }
  if (count == 0)
    peer_closed_ = true;
  else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
    phase_ = phase::finished;
  return false;
}

void connection::discard_input() {
  char discarded[discard_bytes];
  const auto count = ::recv(fd_, discarded, sizeof discarded, 0);
  if (count > 0 && phase_ == phase::streaming) {
    discarded_behind_ += static_cast<std::size_t>(count);
    if (discarded_behind_ > discarded_behind_max)
      phase_ = phase::finished;
  }
  if (count > 0 || (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)))
    return;
  peer_closed_ = true;
  // With the last answer written and nothing more to come there is nothing to wait for; after an error on the
  // socket nothing can be written either.
  if (count < 0 || phase_ == phase::lingering)
    phase_ = phase::finished;
}

void connection::on_writable() {
  flush();
  // Requests that waited behind unread answers go on now.
  serve();
}

void connection::on_hangup() { phase_ = phase::finished; }

void connection::on_reply(std::uint64_t sequence, reply& content) {
  if (phase_ != phase::awaiting || sequence != sequence_)
    return;
  append_answer(content);
  serve();
}

bool connection::take_within_handler(std::uint64_t sequence, reply& content) {
  if (!in_handler_ || phase_ != phase::awaiting || sequence != sequence_)
    return false;
  append_answer(content);
  return true;
}

void connection::on_tick() {
  const auto now = context_.now;
  if (unsent() > 0) {
    if (now >= write_deadline_)
      phase_ = phase::finished;
    return;
  }
  if (phase_ == phase::awaiting || phase_ == phase::streaming || now < deadline_)
    return;
  if (phase_ == phase::head || phase_ == phase::body) {
    fail(408, "request_timeout",
         phase_ == phase::head ? "the request head took too long" : "the request body took too long");
    flush();
    return;
  }
  phase_ = phase::finished;
}

void connection::begin_drain() {
  // Requests may have arrived whole without having been read; they count as received. A client that sends as
  // fast as it is answered must not hold up the others for ever.
  for (int reads = 0; reads < drain_reads_max && receiving() && !output_blocked() && receive(); ++reads)
    serve();
  draining_ = true;
  serve();
}

/// Serves and writes until a request is incomplete, its answer is not there yet, or the client does not read.
void connection::serve() {
  while (advance()) {
    flush();
    if (output_blocked())
      return;
  }
  flush();
  if (phase_ == phase::streaming)
    pump_stream();
  // A client that is slow to take the rest of a stream must not hold up the end of the server.
  if (draining_ && output_is_stream_ && unsent() > 0)
    phase_ = phase::finished;
}

/// Serves what is buffered. True if it stopped because as much output has gathered as may be unread.
bool connection::advance() {
  while (receiving()) {
    if (output_blocked())
      return true;
    if (!frame_one())
      return false;
  }
  return false;
}

/// Empty lines before a request are what some clients leave behind a body; no request begins with a CR. False
/// when it takes more bytes to tell.
bool connection::skip_empty_lines() {
  while (!input_.empty() && input_.data()[0] == '\r') {
    if (input_.size() < 2)
      return false;
    if (input_.data()[1] != '\n')
      return true;
    input_.consume(2);
  }
  return !input_.empty();
}

bool connection::frame_one() {
  if (!skip_empty_lines()) {
    wait_for_input();
    return false;
  }
  switch (framer_.advance(input_.data(), input_.size())) {
  case framing::complete:
    dispatch();
    return true;
  case framing::expects_continue:
    output_.append("HTTP/1.1 100 Continue\r\n\r\n");
    wait_for_input();
    return false;
  case framing::failed: {
    const auto error = framer_.error();
    fail(error.status, error.code, error.detail);
    return false;
  }
  case framing::need_more:
    wait_for_input();
    return false;
  }
  return false;
}

/// The deadlines count from the first byte of a head and of a body: a client cannot extend them by trickling.
void connection::wait_for_input() {
  const auto& limits = context_.shared.limits;
  if (input_ended()) {
    // Nothing will complete it. An answer still being written has to reach the client first.
    if (peer_closed_ && unsent() == 0)
      phase_ = phase::finished;
    else
      enter(phase::closing, limits.write_stall_timeout);
    return;
  }
  if (input_.empty())
    return;
  if (phase_ != phase::body && framer_.head_complete())
    enter(phase::body, limits.body_timeout);
  else if (phase_ == phase::idle)
    enter(phase::head, limits.head_timeout);
}

void connection::dispatch() {
  phase_ = phase::awaiting;
  ++sequence_;
  request_keep_alive_ = framer_.keep_alive();
  request_is_head_ = framer_.is_head();
  request_is_1_0_ = framer_.is_http_1_0();
  framer_.fill(context_.current, input_.data(), input_buffer::padding_bytes);
  context_.current.peer = peer_;
  in_handler_ = true;
  try {
    context_.shared.handler(context_.current, responder(route_, sequence_));
  } catch (...) {
    // The responder went down with the handler and has answered 503; the worker must not follow it.
  }
  in_handler_ = false;
  input_.consume(framer_.consumed());
  framer_.restart();
}

std::size_t connection::bytes_behind_request() noexcept {
  return input_.size() - (in_handler_ ? framer_.consumed() : 0);
}

void connection::append_answer(reply& content) {
  if (content.stream)
    return begin_stream(content);
  response answer;
  if (content.dropped)
    answer = render_error(503, "overloaded", detail_of_dropped_request);
  else
    answer = content.deferred ? content.deferred->render() : std::move(content.ready);
  // When no more is taken, requests that are here already are still served: only the last answer closes.
  const bool last = !request_keep_alive_ || (input_ended() && bytes_behind_request() == 0);
  if (last)
    return append_last(answer);
  const auto says = request_is_1_0_ ? connection_field::keep_alive : connection_field::none;
  append_response(output_, answer, context_.date.now(), says, request_is_head_);
  enter(phase::idle, context_.shared.limits.idle_timeout);
}

void connection::append_last(const response& answer) {
  append_response(output_, answer, context_.date.now(), connection_field::close, request_is_head_);
  enter(phase::closing, context_.shared.limits.write_stall_timeout);
}

void connection::fail(int status, std::string_view code, std::string_view detail) {
  request_is_head_ = framer_.is_head();
  append_last(render_error(status, code, detail));
}

response connection::render_error(int status, std::string_view code, std::string_view detail) const {
  response answer;
  try {
    answer = context_.shared.errors(status, code, detail);
  } catch (...) {
    answer = response{};
  }
  answer.status = status;
  return answer;
}

void connection::flush() {
  while (unsent() > 0 && phase_ != phase::finished) {
    const auto count = ::send(fd_, output_.data() + sent_, unsent(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return output_refused();
    sent_ += static_cast<std::size_t>(count);
    write_deadline_ = context_.now + context_.shared.limits.write_stall_timeout;
  }
  if (phase_ != phase::finished)
    output_written();
}

void connection::output_refused() {
  if (errno != EAGAIN && errno != EWOULDBLOCK) {
    phase_ = phase::finished;
    return;
  }
  if (!std::exchange(write_blocked_, true))
    write_deadline_ = context_.now + context_.shared.limits.write_stall_timeout;
  // A client that always leaves something unread must not make the written part grow for ever.
  if (sent_ >= unsent()) {
    output_.erase(0, sent_);
    sent_ = 0;
  }
}

void connection::output_written() {
  output_.clear();
  sent_ = 0;
  write_blocked_ = false;
  if (output_.capacity() > retained_output_bytes_max)
    output_.shrink_to_fit();
  if (phase_ == phase::idle)
    enter(phase::idle, context_.shared.limits.idle_timeout);
  if (phase_ != phase::closing)
    return;
  ::shutdown(fd_, SHUT_WR);
  if (peer_closed_)
    phase_ = phase::finished;
  else
    enter(phase::lingering, context_.shared.limits.lingering_close);
}

} // namespace orderd::http
