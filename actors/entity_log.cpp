#include "actors/entity_log.hpp"

namespace orderd {

entity_log::entity_log(caf::actor journal, const engine_counters* counters, bool wait_for_disk,
                       std::shared_ptr<durable_mark> mark)
    : journal_(std::move(journal)), counters_(counters), wait_for_disk_(wait_for_disk),
      mark_(std::move(mark)) {}

void entity_log::append(caf::event_based_actor* self, event what, reply_token reply, outcome answer) {
  if (!wait_for_disk_)
    reply.answer_ahead(std::move(answer));
  self->send(journal_, journal_append{std::move(what), mark_, ++sent_, std::move(reply), std::move(answer)});
}

void entity_log::show(caf::event_based_actor* self, reply_token reply, outcome answer) {
  if (!wait_for_disk_ || is_durable())
    reply.answer(std::move(answer));
  else
    self->send(journal_, journal_append{std::nullopt, nullptr, 0, std::move(reply), std::move(answer)});
}

bool entity_log::is_durable() const noexcept {
  return mark_->synced_count.load(std::memory_order_acquire) == sent_;
}

bool entity_log::is_stored() const noexcept {
  return is_durable() && mark_->last_seq.load(std::memory_order_relaxed) <=
                             counters_->applied_seq.load(std::memory_order_acquire);
}

} // namespace orderd
