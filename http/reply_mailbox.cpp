#include "http/reply_mailbox.hpp"

#include "domain/assert.hpp"
#include "http/connection.hpp"
#include "http/response_stream.hpp"

#include <sys/eventfd.h>

#include <cerrno>
#include <system_error>

namespace orderd::http {
namespace {

thread_local const reply_mailbox* mailbox_of_this_thread = nullptr;

void deliver(std::shared_ptr<reply_route> route, std::uint64_t sequence, reply&& content) {
  const auto mailbox = route->mailbox;
  // Inside its own handler a connection takes the answer on the spot; everything else goes through the
  // mailbox, so that no connection is ever worked on from within another one's handler.
  if (mailbox->is_own_thread() && route->target != nullptr &&
      route->target->take_within_handler(sequence, content))
    return;
  mailbox->post({std::move(route), sequence, std::move(content)});
}

} // namespace

reply_mailbox::reply_mailbox() : event_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (event_.get() < 0)
    throw std::system_error(errno, std::generic_category(), "eventfd");
}

void reply_mailbox::post(addressed_reply&& one) {
  bool was_empty = false;
  {
    const std::lock_guard guard(mutex_);
    if (closed_)
      return;
    was_empty = waiting_.empty() && notices_.empty();
    waiting_.push_back(std::move(one));
  }
  if (was_empty)
    ring();
}

void reply_mailbox::post(stream_notice&& one) {
  bool was_empty = false;
  {
    const std::lock_guard guard(mutex_);
    if (closed_)
      return;
    was_empty = waiting_.empty() && notices_.empty();
    notices_.push_back(std::move(one));
  }
  if (was_empty)
    ring();
}

void reply_mailbox::ring() const noexcept {
  // It fails only when 2^64 rings are unread, and then the descriptor is readable anyway.
  static_cast<void>(::eventfd_write(event_.get(), 1));
}

void reply_mailbox::take(std::vector<addressed_reply>& replies, std::vector<stream_notice>& notices) {
  const std::lock_guard guard(mutex_);
  waiting_.swap(replies);
  notices_.swap(notices);
}

void reply_mailbox::close() {
  // What is discarded is destroyed outside the lock: it may run code of the handler's side. It also holds
  // routes to this very mailbox, so leaving it here would keep both alive for ever.
  std::vector<addressed_reply> discarded;
  std::vector<stream_notice> unheard;
  {
    const std::lock_guard guard(mutex_);
    closed_ = true;
    waiting_.swap(discarded);
    notices_.swap(unheard);
  }
}

void reply_mailbox::adopt_thread() const noexcept { mailbox_of_this_thread = this; }
bool reply_mailbox::is_own_thread() const noexcept { return mailbox_of_this_thread == this; }

responder::responder(std::shared_ptr<reply_route> route, std::uint64_t sequence) noexcept
    : route_(std::move(route)), sequence_(sequence) {}

responder& responder::operator=(responder&& other) noexcept {
  // The temporary takes over what this one still had to answer, and answers it as it goes.
  responder moved(std::move(other));
  std::swap(route_, moved.route_);
  std::swap(sequence_, moved.sequence_);
  return *this;
}

responder::~responder() {
  if (route_)
    deliver(std::move(route_), sequence_, {{}, nullptr, true});
}

void responder::send(response answer) noexcept {
  ORDERD_ASSERT(route_ != nullptr);
  deliver(std::exchange(route_, nullptr), sequence_, {std::move(answer), nullptr, false});
}

void responder::send(std::unique_ptr<deferred_response> answer) noexcept {
  ORDERD_ASSERT(route_ != nullptr);
  const bool dropped = answer == nullptr;
  deliver(std::exchange(route_, nullptr), sequence_, {{}, std::move(answer), dropped});
}

response_stream responder::stream(response head, stream_options options) noexcept {
  ORDERD_ASSERT(route_ != nullptr);
  ORDERD_ASSERT(head.status >= 200 && head.status != 204 && head.status != 304);
  auto channel = std::make_shared<stream_channel>(route_, sequence_, std::move(options));
  response_stream stream(channel);
  if (!head.body.empty())
    stream.write(std::make_shared<const std::string>(std::exchange(head.body, {})));
  deliver(std::exchange(route_, nullptr), sequence_,
          {std::move(head), nullptr, false, std::make_unique<stream_outlet>(std::move(channel))});
  return stream;
}

} // namespace orderd::http
