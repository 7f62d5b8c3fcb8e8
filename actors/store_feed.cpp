#include "actors/store_feed.hpp"

#include "config/fault_point.hpp"
#include "config/log.hpp"
#include "domain/assert.hpp"
#include "persistence/event_codec.hpp"

#include <algorithm>
#include <iterator>

namespace orderd {

namespace {

constexpr std::uint64_t batch_bytes_max = std::uint64_t{8} << 20U;

} // namespace

store_feed::store_feed(std::shared_ptr<store_writer> store, journal_reader journal, obligations open,
                       std::size_t events_max)
    : store_(std::move(store)), journal_(std::move(journal)), open_(std::move(open)), events_max_(events_max),
      events_tried_(events_max) {}

result<std::size_t> store_feed::advance(std::uint64_t until_seq) {
  if (pending_.empty())
    if (const auto got = read(until_seq); !got)
      return tl::unexpected{got.error()};
  if (pending_.empty())
    return std::size_t{0};
  for (;;) {
    const auto count = std::min(pending_.size(), events_tried_);
    auto applied = apply(count);
    if (applied) {
      events_tried_ = std::min(events_tried_ * 2, events_max_);
      return applied;
    }
    const auto code = applied.error().code;
    if (code == error_code::refused || code == error_code::timed_out)
      events_tried_ = std::max<std::size_t>(count / 2, 1);
    if (code != error_code::refused || count == 1)
      return applied;
  }
}

result<void> store_feed::read(std::uint64_t until_seq) {
  read_cut_short_ = false;
  for (;;) {
    if (pending_.size() >= events_max_ || pending_bytes_ >= batch_bytes_max) {
      read_cut_short_ = journal_.next_seq() <= until_seq;
      break;
    }
    const auto frame = journal_.next(until_seq);
    if (!frame)
      return tl::unexpected{frame.error()};
    if (!*frame)
      break;
    auto decoded = decode_entry((*frame)->tag, (*frame)->payload);
    if (!decoded)
      return fail(decoded.error().code,
                  "journal event " + std::to_string((*frame)->seq) + ": " + decoded.error().detail);
    pending_bytes_ += (*frame)->payload.size();
    pending_.push_back(
        {(*frame)->seq, std::move(decoded->event), (*frame)->epoch, std::move(decoded->request)});
  }
  if (!pending_.empty())
    pass_fault_point("batch.read");
  return {};
}

store_batch store_feed::take_batch(std::size_t count, obligations& after) {
  store_batch batch;
  for (std::size_t i = 0; i < count; ++i)
    after.observe(pending_[i].event);
  batch.last_seq = pending_[count - 1].seq;
  batch.obligations = after.open();
  batch.payouts = after.payouts();
  if (count == pending_.size())
    batch.events = std::move(pending_);
  else
    batch.events.assign(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(count));
  return batch;
}

result<void> store_feed::take_refused(store_batch& single, const std::string& reason) {
  const bool has_record = single.events.front().record() != nullptr;
  result<void> done = fail(error_code::refused, reason);
  if (has_record) {
    single.remembers = false;
    done = store_->apply(single);
    if (done)
      log::error("the store refused the record of a request, which is forgotten",
                 {{"seq", single.last_seq}, {"reason", reason}});
  }
  // With its record, if that is not what the store refuses.
  for (const bool remembers : {true, false}) {
    if (done || done.error().code != error_code::refused || (!remembers && !has_record))
      break;
    single.remembers = remembers;
    done = store_->set_aside(single, reason);
    if (done)
      log::error("the store refused an event, which was set aside",
                 {{"seq", single.last_seq}, {"reason", reason}, {"record_kept", has_record && remembers}});
  }
  return done;
}

void store_feed::note_transaction(std::chrono::steady_clock::time_point began,
                                  std::size_t events) const noexcept {
  if (seconds_ == nullptr)
    return;
  seconds_->observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
  events_->observe(static_cast<double>(events));
}

result<std::size_t> store_feed::apply(std::size_t count) {
  const bool whole = count == pending_.size();
  auto after = open_;
  auto batch = take_batch(count, after);
  const auto began = std::chrono::steady_clock::now();
  auto done = store_->apply(batch);
  if (!done && done.error().code == error_code::refused && count == 1)
    done = take_refused(batch, done.error().detail);
  if (!done) {
    if (whole)
      pending_ = std::move(batch.events);
    return tl::unexpected{done.error()};
  }
  note_transaction(began, count);
  open_ = std::move(after);
  if (whole) {
    pending_.clear();
    applied_bytes_ += std::exchange(pending_bytes_, 0);
  } else {
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(count));
  }
  return count;
}

} // namespace orderd
