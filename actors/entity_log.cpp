#include "actors/entity_log.hpp"

namespace orderd {

namespace {

[[nodiscard]] bool is_withdrawal(const event& e) noexcept {
  const auto* const of_order = std::get_if<order_event>(&e);
  return of_order != nullptr && std::holds_alternative<order_withdrawn>(of_order->what);
}

} // namespace

entity_log::entity_log(caf::actor journal, const engine_counters* counters,
                       std::shared_ptr<durable_mark> mark)
    : journal_(std::move(journal)), counters_(counters), mark_(std::move(mark)) {}

void entity_log::append(caf::event_based_actor* self, event what, reply_token reply, outcome answer) {
  if (reply.claim() != nullptr && is_withdrawal(what))
    reply.claim()->withdraw();
  if (reply.trace() != nullptr)
    reply.trace()->decided();
  // Before the answer is moved anywhere: the record shows it.
  auto request = reply.claim() != nullptr ? reply.claim()->answered(answer) : nullptr;
  if (reply.durability() != durability_mode::memory) {
    self->send(journal_, journal_append{std::move(what), std::move(request), mark_, ++sent_, std::move(reply),
                                        std::move(answer)});
    return;
  }
  // The journal is told first: whoever learns of the answer may ask it to sync what is behind it.
  const auto sink = reply.release();
  self->send(journal_, journal_append{std::move(what), std::move(request), mark_, ++sent_, std::move(reply),
                                      rejection{}});
  if (sink)
    sink->answer(std::move(answer));
}

void entity_log::append_first(caf::event_based_actor* self, event what, const uuid& subject,
                              const reply_token& reply) {
  auto request = reply.claim() != nullptr ? reply.claim()->claimed(subject) : nullptr;
  self->send(journal_,
             journal_append{std::move(what), std::move(request), mark_, ++sent_, reply_token{}, rejection{}});
}

void entity_log::show(caf::event_based_actor* self, reply_token reply, outcome answer) {
  if (reply.trace() != nullptr)
    reply.trace()->decided();
  if (is_at_least(reply.durability()))
    reply.answer(std::move(answer));
  else
    self->send(journal_,
               journal_append{std::nullopt, nullptr, nullptr, 0, std::move(reply), std::move(answer)});
}

bool entity_log::is_at_least(durability_mode durability) const noexcept {
  switch (durability) {
  case durability_mode::memory:
    return true;
  case durability_mode::journal:
    return is_durable();
  case durability_mode::store:
    return is_stored();
  }
  return false;
}

bool entity_log::is_durable() const noexcept {
  return mark_->synced_count.load(std::memory_order_acquire) == sent_;
}

bool entity_log::is_stored() const noexcept {
  return is_durable() && mark_->last_seq.load(std::memory_order_relaxed) <=
                             counters_->applied_seq.load(std::memory_order_acquire);
}

} // namespace orderd
