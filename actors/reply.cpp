#include "actors/reply.hpp"

#include "domain/assert.hpp"

namespace orderd {

reply_token::reply_token(reply_token&& other) noexcept
    : sink_(std::move(other.sink_)), flight_(std::exchange(other.flight_, {})),
      ticket_(std::move(other.ticket_)), claim_(std::move(other.claim_)), trace_(std::move(other.trace_)),
      begun_at_(other.begun_at_), durability_(other.durability_) {}

reply_token& reply_token::operator=(reply_token&& other) noexcept {
  if (this != &other) {
    drop();
    sink_ = std::move(other.sink_);
    flight_ = std::exchange(other.flight_, {});
    ticket_ = std::move(other.ticket_);
    claim_ = std::move(other.claim_);
    begun_at_ = other.begun_at_;
    trace_ = std::move(other.trace_);
    durability_ = other.durability_;
  }
  return *this;
}

reply_token::reply_token(const reply_token& other) {
  // A token without a sink is copied freely: empty messages are.
  ORDERD_ASSERT(other.sink_ == nullptr);
}

reply_token::~reply_token() { drop(); }

void reply_token::track(flight where) noexcept {
  ORDERD_ASSERT(flight_.requests == nullptr);
  flight_ = where;
  begun_at_ = std::chrono::steady_clock::now();
  flight_.requests->fetch_add(1, std::memory_order_relaxed);
  flight_.bytes->fetch_add(flight_.weight_bytes, std::memory_order_relaxed);
}

void reply_token::track_bytes_of(const reply_token& other) noexcept {
  ORDERD_ASSERT(flight_.bytes == nullptr);
  if (other.flight_.bytes == nullptr)
    return;
  flight_ = {nullptr, other.flight_.bytes, other.flight_.weight_bytes};
  flight_.bytes->fetch_add(flight_.weight_bytes, std::memory_order_relaxed);
}

void reply_token::answer(outcome&& result) noexcept {
  if (trace_)
    trace_->decided();
  if (const auto sink = release())
    sink->answer(std::move(result));
  land();
}

void reply_token::drop() noexcept {
  if (sink_)
    answer(rejection{rejection_code::overloaded, "the engine dropped this request unanswered", {}, {}, {}});
  else
    land();
}

void reply_token::land() noexcept {
  const auto ended = std::exchange(flight_, {});
  if (ended.bytes != nullptr)
    ended.bytes->fetch_sub(ended.weight_bytes, std::memory_order_relaxed);
  if (ended.requests != nullptr)
    ended.requests->fetch_sub(1, std::memory_order_release);
}

} // namespace orderd
