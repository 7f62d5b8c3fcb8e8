#include "actors/processor.hpp"

#include "actors/fail_stop.hpp"
#include "config/backoff.hpp"
#include "config/log.hpp"

#include <caf/behavior.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <utility>

namespace orderd {

namespace {

using kind = attention::kind;

constexpr std::chrono::milliseconds retry_min{100};
constexpr std::chrono::milliseconds retry_max{30'000};
constexpr std::chrono::milliseconds room_poll{500};
constexpr std::chrono::milliseconds read_poll{1'000};
/// A clock that is set is noticed within this time.
constexpr std::chrono::milliseconds clock_look{60'000};

[[nodiscard]] bool may_pass(const outcome& result) {
  const auto* const refused = std::get_if<rejection>(&result);
  if (refused == nullptr)
    return false;
  return refused->code == rejection_code::overloaded || refused->code == rejection_code::backlog_full ||
         refused->code == rejection_code::store_unavailable || refused->code == rejection_code::shutting_down;
}

/// Sends the processor what `message_of` makes of an answer.
template <class MessageOf> class telling_sink final : public reply_sink {
 public:
  telling_sink(caf::actor processor, MessageOf message_of)
      : processor_(std::move(processor)), message_of_(std::move(message_of)) {}
  void answer(outcome&& result) noexcept override { caf::anon_send(processor_, message_of_(result)); }

 private:
  caf::actor processor_;
  MessageOf message_of_;
};

template <class MessageOf>
[[nodiscard]] reply_token token_telling(caf::event_based_actor* processor, MessageOf message_of) {
  return reply_token{std::make_unique<telling_sink<MessageOf>>(caf::actor_cast<caf::actor>(processor),
                                                               std::move(message_of))};
}

} // namespace

void processor_state::set_up(processor_setup setup) {
  queue_.emplace(setup.queue_max);
  random_.seed(setup.jitter_seed);
  setup_ = std::move(setup);
}

void processor_state::begin(begin_attending& start) {
  orders_ = std::move(start.orders);
  rounds_since_ = self_->clock().now();
  step_ = reading_step::unfinished;
  read();
  look();
}

void processor_state::announce(const attention_due& word) {
  attention wanted;
  if (word.now)
    wanted.when = setup_.interval.count() > 0 ? kind::registered : kind::at_once;
  else if (word.at)
    wanted = {kind::timed, *word.at};
  queue_->put(word.order_id, wanted);
  look();
}

void processor_state::take(const attended& end) {
  if (end.again)
    queue_->fail(end.order_id, setup_.clock->now(),
                 [this](std::uint32_t failures) { return retry_wait(failures); });
  else
    queue_->finish(end.order_id);
  look();
}

std::chrono::milliseconds processor_state::retry_wait(std::uint32_t failures) {
  constexpr std::uint32_t doublings_max = 10;
  const auto whole = retry_min * (1U << std::min(failures - 1, doublings_max));
  return backoff{std::min<std::chrono::milliseconds>(whole, retry_max), retry_max,
                 static_cast<std::uint32_t>(random_())}
      .next();
}

// ---- what can be done now ----

void processor_state::look() {
  queue_->wake(setup_.clock->now());
  begin_round_if_due();
  send_ready();
  read_again_if_due();
  schedule();
  publish();
}

void processor_state::begin_round_if_due() {
  if (!queue_->awaits_round() || orders_.empty()) {
    round_at_.reset();
    return;
  }
  const auto now = self_->clock().now();
  if (!round_at_) {
    const auto rounds = (now - rounds_since_) / setup_.interval + 1;
    round_at_ = rounds_since_ + rounds * setup_.interval;
  }
  if (*round_at_ > now)
    return;
  queue_->begin_round();
  round_at_.reset();
}

void processor_state::send_ready() {
  room_at_.reset();
  if (orders_.empty() || finishing_)
    return;
  while (queue_->under_way() < setup_.in_flight_max && queue_->has_ready()) {
    if (!has_room()) {
      room_at_ = self_->clock().now() + room_poll;
      return;
    }
    send(*queue_->take());
  }
}

bool processor_state::has_room() const {
  const auto& counters = *setup_.counters;
  // Alone it needs no room to share, and what is known of the room may be old where nobody writes.
  if (queue_->under_way() == 0 && counters.bytes_in_flight.load(std::memory_order_relaxed) == 0)
    return counters.accepts_writes.load(std::memory_order_relaxed);
  // No more than half of it: the other half is for requests from outside.
  return counters.accepts_writes.load(std::memory_order_relaxed) &&
         counters.bytes_in_flight.load(std::memory_order_relaxed) + setup_.attention_bytes <=
             counters.headroom_bytes.load(std::memory_order_relaxed) / 2;
}

void processor_state::send(const uuid& id) {
  order_request request{id, {"orderd", true}, {}, attend_order{}, {}};
  request.reply = token_telling(self_, [id](const outcome& result) {
    return attended{id, may_pass(result)};
  });
  request.reply.track(
      {&setup_.counters->processor_in_flight, &setup_.counters->bytes_in_flight, setup_.attention_bytes});
  self_->send(orders_[std::hash<uuid>{}(id) % orders_.size()], std::move(request));
}

// ---- the store ----

void processor_state::read_again_if_due() {
  if (read_at_ && *read_at_ <= self_->clock().now()) {
    read_at_.reset();
    read();
  }
  if (step_ != reading_step::nothing || !queue_->has_dropped() || !queue_->is_half_empty() || finishing_)
    return;
  // What is dropped from now on is looked for the next time.
  queue_->forget_dropped();
  step_ = reading_step::caught_up;
  read();
}

void processor_state::read() {
  const auto self = caf::actor_cast<caf::actor>(self_);
  if (step_ == reading_step::unfinished) {
    self_->send(setup_.loader, load_unfinished{after_unfinished_, setup_.page_rows, self});
  } else if (step_ == reading_step::acceptances) {
    self_->send(setup_.loader, load_acceptances{after_acceptance_, setup_.page_rows, self});
  } else if (step_ == reading_step::caught_up) {
    // Orders have written to the journal before they announced themselves here.
    auto stored = token_telling(self_, [](const outcome& result) {
      return store_caught_up{!std::holds_alternative<rejection>(result)};
    });
    stored.require(durability_mode::store);
    self_->send(setup_.journal,
                journal_append{std::nullopt, nullptr, nullptr, 0, std::move(stored), order_ptr{}});
  }
}

void processor_state::read_later() { read_at_ = self_->clock().now() + read_poll; }

void processor_state::take(const store_caught_up& answer) {
  if (answer.yes) {
    step_ = reading_step::unfinished;
    read();
  } else {
    read_later();
  }
  look();
}

template <class Page> bool processor_state::was_read(const Page& page) {
  if (!page.orders) {
    log::warn("the store could not be looked through for orders to attend to",
              {{"detail", page.orders.error().detail}});
    read_later();
  }
  return page.orders.has_value();
}

void processor_state::take(loaded_unfinished& page) {
  if (!was_read(page))
    return look();
  for (const auto& order : *page.orders) {
    after_unfinished_ = order.id;
    if (order.due_at)
      queue_->put_stored(order.id, {kind::timed, *order.due_at});
    else if (!order.stuck)
      queue_->put_stored(
          order.id, {order.registered && setup_.interval.count() > 0 ? kind::registered : kind::at_once});
  }
  if (page.orders->size() < setup_.page_rows)
    step_ = reading_step::acceptances;
  else if (queue_->is_full_of_ready())
    end_reading();
  read();
  look();
}

void processor_state::take(loaded_acceptances& page) {
  if (!was_read(page))
    return look();
  for (const auto& order : *page.orders) {
    after_acceptance_ = order;
    queue_->put_stored(order.id, {kind::timed, order.at});
  }
  // They come by time: where one does not fit, none behind it does.
  if (page.orders->size() < setup_.page_rows || queue_->drops_at(page.orders->back().at))
    end_reading();
  read();
  look();
}

void processor_state::end_reading() {
  if (step_ == reading_step::unfinished)
    queue_->set_dropped();
  step_ = reading_step::nothing;
  after_unfinished_.reset();
  after_acceptance_.reset();
  if (queue_->ready() + queue_->due() > 0)
    log::info("the store was looked through for orders to attend to",
              {{"ready", queue_->ready()}, {"due", queue_->due()}, {"more", queue_->has_dropped()}});
}

// ---- time ----

void processor_state::tick(std::uint64_t number) {
  if (number != last_tick_)
    return;
  tick_due_.reset();
  look();
}

void processor_state::schedule() {
  const auto now = self_->clock().now();
  auto due = moment::max();
  for (const auto& at : {round_at_, room_at_, read_at_})
    due = std::min(due, at.value_or(due));
  if (const auto next = queue_->next_time()) {
    const auto left = std::min<std::chrono::milliseconds>(*next - setup_.clock->now(), clock_look);
    due = std::min<moment>(due, now + left);
  }
  if (due == moment::max() || finishing_)
    return;
  // One tick is due at a time: an earlier one takes the place of a later one, which is ignored when it comes.
  if (tick_due_ && *tick_due_ <= due)
    return;
  tick_due_ = due;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(due - now);
  self_->delayed_send(self_, std::max(left, std::chrono::milliseconds{0}), tick_atom::value, ++last_tick_);
}

void processor_state::publish() const {
  setup_.counters->processor_ready.store(queue_->ready(), std::memory_order_relaxed);
  setup_.counters->processor_due.store(queue_->due(), std::memory_order_relaxed);
}

void processor_state::finish() { finishing_ = true; }

caf::behavior processor(caf::stateful_actor<processor_state>* self, processor_setup setup) {
  fail_stop_on_exception(self, "the processor failed");
  auto& state = self->state;
  state.set_up(std::move(setup));
  return {
      [&state](begin_attending& start) { state.begin(start); },
      [&state](const attention_due& word) { state.announce(word); },
      [&state](const attended& end) { state.take(end); },
      [&state](loaded_unfinished& page) { state.take(page); },
      [&state](loaded_acceptances& page) { state.take(page); },
      [&state](const store_caught_up& answer) { state.take(answer); },
      [&state](tick_atom, std::uint64_t number) { state.tick(number); },
      [&state](finish_atom) { state.finish(); },
  };
}

} // namespace orderd
